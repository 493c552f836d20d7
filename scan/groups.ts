// The groups of each scan: a table from what its fields hold to how often that was met. Records are added some at a time, so that what is not in
// the processor's caches is fetched for all of them at once.
import { hashOf, isKept, keep, keptBytes, MIX_A, MIX_B } from './bytes'
import { clearDictionary, numberOfText } from './dictionary'
import {
  hashOfScan,
  kindOf,
  linesBefore,
  lookAt,
  RECORDS_MAX,
  setHash,
  setPlace,
  startOf,
  textSize,
  textStart,
} from './record'
import { addSummed, addSums, ONLY_PRESENT, readValues, SUMS_BYTES, startSums } from './sums'
import { addThing, clearTable, FIRST, freeAll, keptCount, MASK, nextOf, OWN, SLOTS } from './tables'

// A scan; it begins with its table.
const FIELD_COUNT: usize = 32
const VALUE_COUNT: usize = 36
/** Groups that have records. */
const FILLED: usize = 40
/** The group of the record that is being added. */
const FOUND: usize = 44
/** Where in its groups sums are. */
const SUMS: usize = 48
/** Names of fields and values, a byte each; 128 more where only matters whether a value is there. */
const FIELDS: usize = 64
const VALUES: usize = 96
const SCAN_BYTES: usize = 128

// A group, as a thing of a table. Where a scan has several fields, the numbers of their texts follow, u32. Then sums follow, then the sizes of
// its fields' texts, u32, then these texts.
export const COUNT: usize = 0
export const KIND: usize = OWN
export const NUMBERS: usize = OWN + 4

const scans: usize = memory.data(16 * 128, 16)
let scanCount: u32 = 0

/** What stands for the text of each name, in the record that is being read. */
const hashes: usize = memory.data(33 * 8, 8)
/** Names whose texts make groups, a byte each. */
const hashed: usize = memory.data(33)
let hashedCount: u32 = 0

/** Those of the texts of a group that is being made, u32. */
const numbers: usize = memory.data(33 * 4, 8)

function scanAt(scan: u32): usize {
  return scans + (scan as usize) * SCAN_BYTES
}
function nameAt(list: usize, at: u32): u32 {
  return load<u8>(list + (at as usize)) as u32
}

export function addScan(): u32 {
  const scan = scanAt(scanCount)
  store<u32>(scan, NUMBERS as u32, SUMS)
  return scanCount++
}

export function addField(scan: u32, name: u32): void {
  const to = scanAt(scan)
  const count = load<u32>(to, FIELD_COUNT)
  store<u8>(to + FIELDS + (count as usize), name as u8)
  store<u32>(to, count + 1, FIELD_COUNT)
  if (count > 0) store<u32>(to, (NUMBERS as u32) + (((count + 1) * 4 + 7) & ~7), SUMS)
  for (let at: u32 = 0; at < hashedCount; at++) if (nameAt(hashed, at) === name) return
  store<u8>(hashed + (hashedCount++ as usize), name as u8)
}

export function addValue(scan: u32, name: u32, isNumber: bool): void {
  addSummed(name, isNumber)
  const to = scanAt(scan)
  const count = load<u32>(to, VALUE_COUNT)
  store<u8>(to + VALUES + (count as usize), (isNumber ? name : name | ONLY_PRESENT) as u8)
  store<u32>(to, count + 1, VALUE_COUNT)
}

/** Forgets all groups. */
export function clear(): void {
  freeAll()
  clearDictionary()
  for (let scan: u32 = 0; scan < scanCount; scan++) {
    const place = scanAt(scan)
    clearTable(place)
    store<u32>(place, 0, FILLED)
  }
}

/** Whether no scan has a group. */
function isEmpty(): bool {
  for (let scan: u32 = 0; scan < scanCount; scan++) if (load<u32>(scanAt(scan), FILLED) !== 0) return false
  return true
}

// What becomes of a record.
export const ADDED: u32 = 0
/** A value of it is not certain, or it has no room where there is nothing else. */
export const ODD: u32 = 1
/** There is no room for another group. */
export const FULL: u32 = 2

/** Records that wait. */
let waiting: u32 = 0
/** Where the record is that was not added, and the lines and records before it. */
export let refused: usize = 0
export let linesAdded: u32 = 0
export let rowsAdded: u32 = 0

/** Begins to count anew; none wait. */
export function startRows(): void {
  rowsAdded = 0
  startRecords()
}

/** Reads what is needed of the record that was looked at, which then waits to be added. */
export function addRecord(kind: u32, start: usize, lines: u32): u32 {
  setPlace(kind, start, lines)
  if (!readValues(kind)) return refuse(ODD)
  for (let at: u32 = 0; at < hashedCount; at++) {
    const name = nameAt(hashed, at)
    const size = textSize(name)
    const hash = size === 0 ? MIX_A : hashOf(textStart(name), size - 1)
    store<u64>(hashes + ((name as usize) << 3), hash)
  }
  for (let scan: u32 = 0; scan < scanCount; scan++) {
    const place = scanAt(scan)
    let hash: u64 = (kind as u64) * MIX_B
    const fields = load<u32>(place, FIELD_COUNT)
    for (let at: u32 = 0; at < fields; at++) {
      hash = rotl<u64>((hash ^ load<u64>(hashes + ((nameAt(place + FIELDS, at) as usize) << 3))) * MIX_A, 32)
    }
    setHash(scan, hash ^ (hash >> 29))
  }
  if (++waiting === RECORDS_MAX) return addWaiting()
  lookAt(waiting)
  return ADDED
}

/** The record that is looked at cannot be added; those before it can. */
function refuse(why: u32): u32 {
  const index = waiting
  const added = addWaiting()
  if (added !== ADDED) return added
  lookAt(index)
  return refuseHere(why)
}

function refuseHere(why: u32): u32 {
  refused = startOf()
  linesAdded = linesBefore()
  // For a record that has no room where there is no other, there will be none.
  const isOdd = why === FULL && isEmpty()
  startRecords()
  return isOdd ? ODD : why
}

function startRecords(): void {
  waiting = 0
  lookAt(0)
}

/** What the processor's caches hold of groups is there soon enough. */
const CACHED_BYTES: usize = 1024 * 1024
const LINE_BYTES: usize = 64

/** What was fetched, for nobody: so that it is. */
export let fetched: u64 = 0

/** Adds the records that wait, as far as there is room. */
export function addWaiting(): u32 {
  fetchSlots()
  for (let index: u32 = 0; index < waiting; index++) {
    lookAt(index)
    if (!addToGroups()) return refuseHere(FULL)
    rowsAdded++
  }
  startRecords()
  return ADDED
}

/** Loads what will be needed: none waits for another, so that the processor waits once for all. */
function fetchSlots(): void {
  let sum: u64 = 0
  for (let scan: u32 = 0; scan < scanCount; scan++) {
    const place = scanAt(scan)
    const bytes = sizesAt(place) + (load<u32>(place, FIELD_COUNT) as usize) * 20
    if ((keptCount(place) as usize) * bytes < CACHED_BYTES) continue
    const mask = load<u32>(place, MASK)
    const slots = load<u32>(place, SLOTS) as usize
    for (let index: u32 = 0; index < waiting; index++) {
      lookAt(index)
      const hash = hashOfScan(scan)
      const slot = load<u64>(slots + ((((hash as u32) & mask) as usize) << 3))
      // Most are where they should be; of the others nothing is known.
      if (slot >> 32 !== hash >> 32) continue
      const group = slot as u32 as usize
      for (let at: usize = 0; at < bytes; at += LINE_BYTES) sum += load<u8>(group + at)
    }
  }
  fetched = sum
}

/** Adds the record that is looked at to a group of each scan, or to none. */
function addToGroups(): bool {
  for (let scan: u32 = 0; scan < scanCount; scan++) {
    const group = groupOf(scan)
    if (group === 0) return false
    store<u32>(scanAt(scan), group as u32, FOUND)
  }
  const last = scanAt(scanCount)
  for (let scan = scans; scan < last; scan += SCAN_BYTES) {
    const group = load<u32>(scan, FOUND) as usize
    const count = load<u64>(group, COUNT)
    if (count === 0) store<u32>(scan, load<u32>(scan, FILLED) + 1, FILLED)
    store<u64>(group, count + 1, COUNT)
    const values = load<u32>(scan, VALUE_COUNT)
    const sums = group + (load<u32>(scan, SUMS) as usize)
    for (let at: u32 = 0; at < values; at++) {
      const value = nameAt(scan + VALUES, at)
      addSums(sums + (at as usize) * SUMS_BYTES, value & ~ONLY_PRESENT, value < ONLY_PRESENT)
    }
  }
  return true
}

/** The group of the record in a scan, made when it is new; 0 when there is no room for it. */
function groupOf(index: u32): usize {
  const scan = scanAt(index)
  const hash = hashOfScan(index)
  const mask = load<u32>(scan, MASK)
  if (mask !== 0) {
    const slots = load<u32>(scan, SLOTS) as usize
    const tag = (hash >> 32) as u32
    for (let at = (hash as u32) & mask; ; at = (at + 1) & mask) {
      const slot = load<u64>(slots + ((at as usize) << 3))
      const group = slot as u32
      if (group === 0) break
      if (((slot >> 32) as u32) === tag && isSame(scan, group as usize)) return group as usize
    }
  }
  return makeGroup(scan, hash)
}

function isSame(scan: usize, group: usize): bool {
  if (load<u32>(group, KIND) !== kindOf()) return false
  const fields = load<u32>(scan, FIELD_COUNT)
  const sizes = group + sizesAt(scan)
  let text = sizes + ((fields as usize) << 2)
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const size = textSize(name)
    if (size !== load<u32>(sizes + ((at as usize) << 2))) return false
    if (size > 1) {
      if (!isKept(text, textStart(name), size - 1)) return false
      text += keptBytes(size - 1) as usize
    }
  }
  return true
}

/** Where in a group of a scan the sizes of its texts are. */
function sizesAt(scan: usize): usize {
  return (load<u32>(scan, SUMS) as usize) + (load<u32>(scan, VALUE_COUNT) as usize) * SUMS_BYTES
}

/** Gives the texts of a new group numbers, where it has several. @returns False when there is no room. */
function numberTexts(scan: usize, fields: u32): bool {
  if (fields < 2) return true
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const size = textSize(name)
    let number: u32 = 0
    if (size !== 0) {
      number = numberOfText(name, textStart(name), size)
      if (number === 0) return false
    }
    store<u32>(numbers + ((at as usize) << 2), number)
  }
  return true
}

function makeGroup(scan: usize, hash: u64): usize {
  const fields = load<u32>(scan, FIELD_COUNT)
  if (!numberTexts(scan, fields)) return 0
  const sizesOffset = sizesAt(scan)
  let bytes = sizesOffset + ((fields as usize) << 2)
  for (let at: u32 = 0; at < fields; at++) {
    const size = textSize(nameAt(scan + FIELDS, at))
    if (size > 1) bytes += keptBytes(size - 1) as usize
  }
  const group = addThing(scan, hash, bytes)
  if (group === 0) return 0
  store<u64>(group, 0, COUNT)
  store<u32>(group, kindOf(), KIND)
  if (fields > 1) memory.copy(group + NUMBERS, numbers, (fields as usize) << 2)
  const values = load<u32>(scan, VALUE_COUNT)
  const sums = group + (load<u32>(scan, SUMS) as usize)
  for (let at: u32 = 0; at < values; at++) startSums(sums + (at as usize) * SUMS_BYTES)
  let text = group + sizesOffset + ((fields as usize) << 2)
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const size = textSize(name)
    store<u32>(group + sizesOffset + ((at as usize) << 2), size)
    if (size > 1) {
      keep(text, textStart(name), size - 1)
      text += keptBytes(size - 1) as usize
    }
  }
  return group
}

// What the caller reads.

export function groupCount(scan: u32): u32 {
  return load<u32>(scanAt(scan), FILLED)
}

/** The first group that has records; 0 when there is none. */
export function firstGroup(scan: u32): usize {
  return filledFrom(load<u32>(scanAt(scan), FIRST) as usize)
}

export function nextGroup(group: usize): usize {
  return filledFrom(nextOf(group))
}

function filledFrom(group: usize): usize {
  let at = group
  while (at !== 0 && load<u64>(at, COUNT) === 0) at = nextOf(at)
  return at
}

/** Where in a group of a scan are the sums of its first value; those of others follow. */
export function sumsOffset(scan: u32): usize {
  return load<u32>(scanAt(scan), SUMS) as usize
}

/** Where in a group of a scan with one field is its text. */
export function ownTextOffset(scan: u32): usize {
  return sizesAt(scanAt(scan))
}
