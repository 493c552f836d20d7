// The groups of each scan: a table from what its fields hold to how often that was met. Records are added some at a time, so that what is not in
// the processor's caches is fetched for all of them at once.
import { isKept, keptBytes, MIX_A, MIX_B } from './bytes'
import { clearDictionary } from './dictionary'
import { hashesOf, hasLong, readTexts, startsOf } from './keys'
import { makeGroup } from './make-group'
import {
  kindOf,
  linesBefore,
  nextRecord,
  RECORDS_MAX,
  startOf,
  startRecords,
  textSize,
  textStart,
  textsOf,
} from './record'
import {
  COUNT,
  FIELD_COUNT,
  FIELDS,
  FILLED,
  fixedBytes,
  KIND,
  nameAt,
  placeAnys,
  SCANS_MAX,
  SIZES,
  SUMS,
  scanAt,
  scanCount,
  TEXTS,
  VALUE_COUNT,
  VALUES,
} from './scans'
import {
  ANY_BYTES,
  addSums,
  isAllSmall,
  isElsewhere,
  moveSums,
  needsAny,
  ONLY_PRESENT,
  readValues,
  SUMS_BYTES,
} from './sums'
import { clearTable, FIRST, freeAll, keptCount, MASK, nextOf, SLOTS, takeRoom } from './tables'

const RECORDS: usize = RECORDS_MAX as usize

/** For each scan and record that waits its group, u32. */
const found: usize = memory.data(SCANS_MAX * RECORDS_MAX * 4, 64)
/** Of one scan, for each record what stands for its texts, u64, and 0 when all that was compared is as in its group, u32. */
const keys: usize = memory.data(RECORDS_MAX * 8, 64)
const differs: usize = memory.data(RECORDS_MAX * 4, 64)
/** Stands for a group where there is none; longer than what groups have at fixed places. */
const noGroup: usize = memory.data(4096, 64)

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
  store<u32>(noGroup, u32.MAX_VALUE, KIND)
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
  readTexts(added)
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
    let hash = hashesOf(nameAt(scan + FIELDS, at))
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
    const startList = startsOf(name)
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
    const start = v128.load(startsOf(name) + ((record as usize) << 4))
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
