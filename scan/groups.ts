// The groups of each scan: a table from what its fields hold to how often that was met. Records are added some at a time, so that what is not in
// the processor's caches is fetched for all of them at once.
import { firstBytes, hashOf, hashOfBytes, isKept, keep, keptBytes, MIX_A, MIX_B } from './bytes'
import { clearDictionary, numberOfText } from './dictionary'
import {
  kindOf,
  linesBefore,
  nextRecord,
  RECORDS_MAX,
  startOf,
  startRecords,
  textSize,
  textsOf,
  textStart,
} from './record'
import {
  ANY_BYTES,
  addSummed,
  addSums,
  isAllSmall,
  isElsewhere,
  moveSums,
  needsAny,
  ONLY_PRESENT,
  readValues,
  SUMS_BYTES,
  startSums,
} from './sums'
import { addThing, clearTable, FIRST, freeAll, keptCount, MASK, nextOf, OWN, SLOTS, takeRoom } from './tables'

// A scan; it begins with its table.
const FIELD_COUNT: usize = 32
const VALUE_COUNT: usize = 36
/** Groups that have records. */
const FILLED: usize = 40
/** Where in its groups sums are, sizes of texts and the texts. */
const SUMS: usize = 44
const SIZES: usize = 48
const TEXTS: usize = 52
/** A bit for each value whose sums have room for any numbers in each group. */
const ANYS: usize = 56
/** Names of fields and values, a byte each; 128 more where only matters whether a value is there. */
const FIELDS: usize = 64
const VALUES: usize = 96
const SCAN_BYTES: usize = 128

// A group, as a thing of a table. Where a scan has several fields, the numbers of their texts follow, u32. Then sums follow, then the sizes of
// its fields' texts, u32; then the first 16 bytes of each text, with zeros behind those that are shorter; then what is left of those that are longer.
export const COUNT: usize = 0
export const KIND: usize = OWN
export const NUMBERS: usize = OWN + 4

const scans: usize = memory.data(16 * 128, 16)
let scanCount: u32 = 0

const RECORDS: usize = RECORDS_MAX as usize

/** Names whose texts make groups, a byte each. */
const hashed: usize = memory.data(33)
let hashedCount: u32 = 0
/** For each name and record that waits what stands for the text, u64, and the text's first 16 bytes. */
const hashes: usize = memory.data(33 * 16 * 8, 64)
const starts: usize = memory.data(33 * 16 * 16, 64)
/** For each scan and record that waits its group, u32. */
const found: usize = memory.data(16 * 16 * 4, 64)
/** Of one scan, for each record what stands for its texts, u64, and 0 when all that was compared is as in its group, u32. */
const keys: usize = memory.data(16 * 8, 64)
const differs: usize = memory.data(16 * 4, 64)
/** Stands for a group where there is none; longer than what groups have at fixed places. */
const noGroup: usize = memory.data(2048, 64)
/** Whether a record that waits has a text of more than 16 bytes. */
let hasLong: bool = false

/** The numbers of the texts of a group that is being made, u32. */
const numbers: usize = memory.data(33 * 4, 8)

function scanAt(scan: u32): usize {
  return scans + (scan as usize) * SCAN_BYTES
}
function nameAt(list: usize, at: u32): u32 {
  return load<u8>(list + (at as usize)) as u32
}

export function addScan(): u32 {
  store<u32>(noGroup, u32.MAX_VALUE, KIND)
  place(scanAt(scanCount))
  return scanCount++
}

export function addField(scan: u32, name: u32): void {
  const to = scanAt(scan)
  const count = load<u32>(to, FIELD_COUNT)
  store<u8>(to + FIELDS + (count as usize), name as u8)
  store<u32>(to, count + 1, FIELD_COUNT)
  place(to)
  for (let at: u32 = 0; at < hashedCount; at++) if (nameAt(hashed, at) === name) return
  store<u8>(hashed + (hashedCount++ as usize), name as u8)
}

export function addValue(scan: u32, name: u32, isNumber: bool): void {
  addSummed(name, isNumber)
  const to = scanAt(scan)
  const count = load<u32>(to, VALUE_COUNT)
  store<u8>(to + VALUES + (count as usize), (isNumber ? name : name | ONLY_PRESENT) as u8)
  store<u32>(to, count + 1, VALUE_COUNT)
  place(to)
}

/** Says where in groups of a scan things are. */
function place(scan: usize): void {
  const fields = load<u32>(scan, FIELD_COUNT)
  const values = load<u32>(scan, VALUE_COUNT)
  const sums = (NUMBERS as u32) + (fields > 1 ? (fields * 4 + 7) & ~7 : 0)
  const anys = popcnt(load<u32>(scan, ANYS)) as u32
  const sizes = sums + values * (SUMS_BYTES as u32) + anys * (ANY_BYTES as u32)
  store<u32>(scan, sums, SUMS)
  store<u32>(scan, sizes, SIZES)
  store<u32>(scan, sizes + fields * 4, TEXTS)
}

/** What all groups of a scan have; what is longer than the first bytes of texts follows. */
function fixedBytes(scan: usize): usize {
  return (load<u32>(scan, TEXTS) as usize) + ((load<u32>(scan, FIELD_COUNT) as usize) << 4)
}

/** Gives room for any numbers to all groups of a scan that has none yet, where the first records need it. */
function placeAnys(scan: usize, count: u32): void {
  const values = load<u32>(scan, VALUE_COUNT)
  let anys: u32 = 0
  for (let at: u32 = 0; at < values; at++) {
    const value = nameAt(scan + VALUES, at)
    for (let record: u32 = 0; record < count; record++) if (needsAny(value, record)) anys |= 1 << at
  }
  store<u32>(scan, anys, ANYS)
  place(scan)
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
  waiting = 0
  startRecords()
}

/** The record that was read waits to be added. */
export function addRecord(kind: u32, start: usize, lines: u32): u32 {
  waiting = nextRecord(kind, start, lines)
  return waiting === RECORDS_MAX ? addWaiting() : ADDED
}

/** Adds the records that wait, as far as that is certain and there is room. */
export function addWaiting(): u32 {
  const count = waiting
  let why = ADDED
  let added = readValues(count)
  if (added < count) why = ODD
  hasLong = false
  for (let at: u32 = 0; at < hashedCount; at++) readTexts(nameAt(hashed, at), added)
  for (let scan: u32 = 0; scan < scanCount; scan++) {
    const has = findGroups(scan, added)
    if (has === added) continue
    added = has
    why = FULL
  }
  for (let scan: u32 = 0; scan < scanCount; scan++) addToGroups(scan, added)
  rowsAdded += added
  if (added < count) {
    refused = startOf(added)
    linesAdded = linesBefore(added)
    // For a record that has no room where there is no other, there will be none.
    if (why === FULL && isEmpty()) why = ODD
  }
  waiting = 0
  startRecords()
  return why
}

/** Reads what the texts of a name begin with, and what stands for them, of the first records. */
function readTexts(name: u32, count: u32): void {
  let text = textsOf(name)
  let hashAt = hashes + (name as usize) * (RECORDS * 8)
  let startAt = starts + (name as usize) * (RECORDS * 16)
  const last = text + ((count as usize) << 3)
  while (text < last) {
    const size = load<u32>(text, 4)
    const start = load<u32>(text) as usize
    const bytes = firstBytes(start, min(size - 1, 16))
    if (size - 1 <= 16) {
      v128.store(startAt, bytes)
      store<u64>(hashAt, hashOfBytes(bytes, size))
    } else if (size !== 0) {
      v128.store(startAt, bytes)
      store<u64>(hashAt, hashOf(start, size - 1))
      hasLong = true
    } else {
      v128.store(startAt, i64x2.splat(0))
      store<u64>(hashAt, MIX_A)
    }
    text += 8
    hashAt += 8
    startAt += 16
  }
}

/** What the processor's caches hold of groups is there soon enough. */
const CACHED_BYTES: usize = 1024 * 1024
const LINE_BYTES: usize = 64

/** What was fetched, for nobody: so that it is. */
export let fetched: u64 = 0

/** What stands for the fields of the first records in a scan. */
function readKeys(scan: usize, count: u32): void {
  const fields = load<u32>(scan, FIELD_COUNT)
  const last = keys + ((count as usize) << 3)
  for (let record: u32 = 0; record < count; record++) {
    store<u64>(keys + ((record as usize) << 3), (kindOf(record) as u64) * MIX_B)
  }
  for (let at: u32 = 0; at < fields; at++) {
    let hash = hashes + (nameAt(scan + FIELDS, at) as usize) * (RECORDS * 8)
    for (let key = keys; key < last; key += 8) {
      store<u64>(key, rotl<u64>((load<u64>(key) ^ load<u64>(hash)) * MIX_A, 32))
      hash += 8
    }
  }
  for (let key = keys; key < last; key += 8) store<u64>(key, load<u64>(key) ^ (load<u64>(key) >> 29))
}

/** Finds where the groups of the first records should be, or `noGroup`. */
function expectGroups(scan: usize, groups: usize, count: u32): void {
  const mask = load<u32>(scan, MASK)
  const slots = mask === 0 ? noGroup : (load<u32>(scan, SLOTS) as usize)
  for (let record: u32 = 0; record < count; record++) {
    const hash = load<u64>(keys + ((record as usize) << 3))
    const at = hash as u32
    const slot = load<u64>(slots + (((at & mask) as usize) << 3))
    const other = load<u64>(slots + ((((at + 1) & mask) as usize) << 3))
    const tag = hash >> 32
    const next = other >> 32 === tag ? (other as u32) : (noGroup as u32)
    const group = slot >> 32 === tag ? (slot as u32) : next
    store<u32>(groups + ((record as usize) << 2), group === 0 ? (noGroup as u32) : group)
  }
}

/** Loads what will be needed: none waits for another, so that the processor waits once for all. */
function fetchGroups(scan: usize, groups: usize, count: u32): void {
  const bytes = fixedBytes(scan)
  if ((keptCount(scan) as usize) * bytes < CACHED_BYTES) return
  let sum: u64 = 0
  for (let record: u32 = 0; record < count; record++) {
    const group = load<u32>(groups + ((record as usize) << 2)) as usize
    for (let at: usize = 0; at < bytes; at += LINE_BYTES) sum += load<u8>(group + at)
  }
  fetched = sum
}

/** Compares kinds, sizes and first bytes of the first records with those of their groups. */
function compareGroups(scan: usize, groups: usize, count: u32): void {
  for (let record: u32 = 0; record < count; record++) {
    const group = load<u32>(groups + ((record as usize) << 2)) as usize
    store<u32>(differs + ((record as usize) << 2), load<u32>(group, KIND) ^ kindOf(record))
  }
  const fields = load<u32>(scan, FIELD_COUNT)
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const sizes = (load<u32>(scan, SIZES) as usize) + ((at as usize) << 2)
    const texts = (load<u32>(scan, TEXTS) as usize) + ((at as usize) << 4)
    const list = textsOf(name)
    const startList = starts + (name as usize) * (RECORDS * 16)
    for (let record: u32 = 0; record < count; record++) {
      const group = load<u32>(groups + ((record as usize) << 2)) as usize
      const differ = differs + ((record as usize) << 2)
      const bytes = v128.xor(v128.load(startList + ((record as usize) << 4)), v128.load(group + texts))
      const size = textSize(list, record) ^ load<u32>(group + sizes)
      store<u32>(differ, load<u32>(differ) | size | (v128.any_true(bytes) as u32))
    }
  }
}

/** Finds or makes the groups of the first records in a scan, with room for their values. @returns The first that has none; else how many they are. */
function findGroups(index: u32, count: u32): u32 {
  const scan = scanAt(index)
  const groups = found + (index as usize) * (RECORDS * 4)
  if (keptCount(scan) === 0) placeAnys(scan, count)
  readKeys(scan, count)
  expectGroups(scan, groups, count)
  fetchGroups(scan, groups, count)
  compareGroups(scan, groups, count)
  let has = count
  for (let record: u32 = 0; record < has; record++) {
    const place = groups + ((record as usize) << 2)
    if (load<u32>(differs + ((record as usize) << 2)) === 0) {
      if (!hasLong || isSameFurther(scan, load<u32>(place) as usize, record)) continue
    }
    const group = groupOf(scan, load<u64>(keys + ((record as usize) << 3)), record)
    if (group === 0) has = record
    else store<u32>(place, group as u32)
  }
  const values = load<u32>(scan, VALUE_COUNT)
  for (let at: u32 = 0; at < values; at++) {
    const value = nameAt(scan + VALUES, at)
    if (!isAllSmall(value & ~ONLY_PRESENT)) has = makeRooms(scan, at, groups, has)
  }
  return has
}

/** Makes room for one value of the first records. @returns The first for which there is none; else how many they are. */
function makeRooms(scan: usize, at: u32, groups: usize, count: u32): u32 {
  const offset = (load<u32>(scan, SUMS) as usize) + (at as usize) * SUMS_BYTES
  const value = nameAt(scan + VALUES, at)
  for (let record: u32 = 0; record < count; record++) {
    const group = load<u32>(groups + ((record as usize) << 2)) as usize
    if (isElsewhere(group + offset) || !needsAny(value, record)) continue
    const any = takeRoom(scan, ANY_BYTES)
    if (any === 0) return record
    moveSums(group + offset, any, load<u64>(group, COUNT), value < ONLY_PRESENT)
  }
  return count
}

/** Adds the first records to their groups of a scan. */
function addToGroups(index: u32, count: u32): void {
  const scan = scanAt(index)
  const groups = found + (index as usize) * (RECORDS * 4)
  let filled: u32 = 0
  for (let record: u32 = 0; record < count; record++) {
    const group = load<u32>(groups + ((record as usize) << 2)) as usize
    const has = load<u64>(group, COUNT)
    if (has === 0) filled++
    store<u64>(group, has + 1, COUNT)
  }
  store<u32>(scan, load<u32>(scan, FILLED) + filled, FILLED)
  const values = load<u32>(scan, VALUE_COUNT)
  const sums = load<u32>(scan, SUMS) as usize
  for (let at: u32 = 0; at < values; at++) {
    addSums(nameAt(scan + VALUES, at), sums + (at as usize) * SUMS_BYTES, groups, count)
  }
}

/** The group of a record in a scan, made when it is new; 0 when there is no room for it. */
function groupOf(scan: usize, hash: u64, record: u32): usize {
  const mask = load<u32>(scan, MASK)
  if (mask !== 0) {
    const slots = load<u32>(scan, SLOTS) as usize
    const tag = (hash >> 32) as u32
    for (let at = (hash as u32) & mask; ; at = (at + 1) & mask) {
      const slot = load<u64>(slots + ((at as usize) << 3))
      const group = slot as u32
      if (group === 0) break
      if (((slot >> 32) as u32) === tag && isSame(scan, group as usize, record)) return group as usize
    }
  }
  return makeGroup(scan, hash, record)
}

function isSame(scan: usize, group: usize, record: u32): bool {
  const fields = load<u32>(scan, FIELD_COUNT)
  const sizes = group + (load<u32>(scan, SIZES) as usize)
  const texts = group + (load<u32>(scan, TEXTS) as usize)
  let differ = load<u32>(group, KIND) ^ kindOf(record)
  let bytesDiffer = i64x2.splat(0)
  let longest: u32 = 0
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const size = textSize(textsOf(name), record)
    const start = v128.load(starts + (((name as usize) * RECORDS + (record as usize)) << 4))
    differ |= size ^ load<u32>(sizes + ((at as usize) << 2))
    bytesDiffer = v128.or(bytesDiffer, v128.xor(start, v128.load(texts + ((at as usize) << 4))))
    longest = max(longest, size)
  }
  if (differ !== 0 || v128.any_true(bytesDiffer)) return false
  return longest <= 17 || isSameFurther(scan, group, record)
}

/** Whether what texts have behind their first 16 bytes is the same, of a group whose sizes are. */
function isSameFurther(scan: usize, group: usize, record: u32): bool {
  const fields = load<u32>(scan, FIELD_COUNT)
  let rest = group + fixedBytes(scan)
  for (let at: u32 = 0; at < fields; at++) {
    const list = textsOf(nameAt(scan + FIELDS, at))
    const size = textSize(list, record)
    if (size <= 17) continue
    if (!isKept(rest, textStart(list, record) + 16, size - 17)) return false
    rest += keptBytes(size - 17) as usize
  }
  return true
}

/** Gives the texts of a new group numbers, where it has several. @returns False when there is no room. */
function numberTexts(scan: usize, fields: u32, record: u32): bool {
  if (fields < 2) return true
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const list = textsOf(name)
    const size = textSize(list, record)
    let number: u32 = 0
    if (size !== 0) {
      const hash = load<u64>(hashes + (((name as usize) * RECORDS + (record as usize)) << 3))
      number = numberOfText(name, hash, textStart(list, record), size)
      if (number === 0) return false
    }
    store<u32>(numbers + ((at as usize) << 2), number)
  }
  return true
}

function makeGroup(scan: usize, hash: u64, record: u32): usize {
  const fields = load<u32>(scan, FIELD_COUNT)
  if (!numberTexts(scan, fields, record)) return 0
  let bytes = fixedBytes(scan)
  for (let at: u32 = 0; at < fields; at++) {
    const size = textSize(textsOf(nameAt(scan + FIELDS, at)), record)
    if (size > 17) bytes += keptBytes(size - 17) as usize
  }
  const group = addThing(scan, hash, bytes)
  if (group === 0) return 0
  store<u64>(group, 0, COUNT)
  store<u32>(group, kindOf(record), KIND)
  if (fields > 1) memory.copy(group + NUMBERS, numbers, (fields as usize) << 2)
  writeSums(scan, group)
  writeTexts(scan, group, record)
  return group
}

function writeSums(scan: usize, group: usize): void {
  const values = load<u32>(scan, VALUE_COUNT)
  const anys = load<u32>(scan, ANYS)
  let sums = group + (load<u32>(scan, SUMS) as usize)
  let any = sums + (values as usize) * SUMS_BYTES
  for (let at: u32 = 0; at < values; at++) {
    startSums(sums)
    if (((anys >> at) & 1) !== 0) {
      moveSums(sums, any, 0, nameAt(scan + VALUES, at) < ONLY_PRESENT)
      any += ANY_BYTES
    }
    sums += SUMS_BYTES
  }
}

function writeTexts(scan: usize, group: usize, record: u32): void {
  const fields = load<u32>(scan, FIELD_COUNT)
  const sizes = group + (load<u32>(scan, SIZES) as usize)
  const texts = group + (load<u32>(scan, TEXTS) as usize)
  let rest = group + fixedBytes(scan)
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const list = textsOf(name)
    const size = textSize(list, record)
    store<u32>(sizes + ((at as usize) << 2), size)
    const start = v128.load(starts + (((name as usize) * RECORDS + (record as usize)) << 4))
    v128.store(texts + ((at as usize) << 4), start)
    if (size <= 17) continue
    keep(rest, textStart(list, record) + 16, size - 17)
    rest += keptBytes(size - 17) as usize
  }
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
  return load<u32>(scanAt(scan), SIZES) as usize
}
