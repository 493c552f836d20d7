// The groups of each scan: a table from what its fields hold to how often that was met.
import { hashOf, isKept, keep, keptBytes, MIX_A, MIX_B } from './bytes'
import { groupsStart, reach } from './memory'
import { textSize, textStart } from './record'
import { addSummed, addSums, ONLY_PRESENT, readValues, SUMS_BYTES, startSums } from './sums'

// A scan.
const FIELD_COUNT: usize = 0
const VALUE_COUNT: usize = 4
const TABLE: usize = 8
/** Slots of the table, less one; 0 while there is none. */
const MASK: usize = 12
/** Groups in the table, and those of them that have records. */
const KEPT: usize = 16
const FILLED: usize = 20
const FIRST: usize = 24
const LAST: usize = 28
/** What is free of the memory that was last taken for groups. */
const ROOM: usize = 32
const ROOM_END: usize = 36
const ROOM_NEXT: usize = 40
/** The group of the record that is being read. */
const FOUND: usize = 44
/** Names of fields and values, a byte each; 128 more where only matters whether a value is there. */
const FIELDS: usize = 64
const VALUES: usize = 96
const SCAN_BYTES: usize = 128

// A group; sums follow, then the sizes of its fields' texts, u32, then these texts.
export const COUNT: usize = 0
const HASH: usize = 8
const NEXT: usize = 16
export const KIND: usize = 20
export const SUMS: usize = 24

const SLOTS_FIRST: u32 = 128
const ROOM_FIRST: u32 = 4 * 1024
const ROOM_MAX: u32 = 1024 * 1024

const scans: usize = memory.data(16 * 128, 16)
let scanCount: u32 = 0

/** What stands for the text of each name, in the record that is being read. */
const hashes: usize = memory.data(33 * 8, 8)
/** Names whose texts make groups, a byte each. */
const hashed: usize = memory.data(33)
let hashedCount: u32 = 0

/** Where free memory begins, and where it ends. */
let free: usize = groupsStart
let freeEnd: usize = groupsStart

function scanAt(scan: u32): usize {
  return scans + (scan as usize) * SCAN_BYTES
}
function nameAt(list: usize, at: u32): u32 {
  return load<u8>(list + (at as usize)) as u32
}

export function setBytesMax(bytes: f64): void {
  freeEnd = groupsStart + (bytes as usize)
}

export function addScan(): u32 {
  return scanCount++
}

export function addField(scan: u32, name: u32): void {
  const to = scanAt(scan)
  const count = load<u32>(to, FIELD_COUNT)
  store<u8>(to + FIELDS + (count as usize), name as u8)
  store<u32>(to, count + 1, FIELD_COUNT)
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
  free = groupsStart
  for (let scan: u32 = 0; scan < scanCount; scan++) {
    const place = scanAt(scan)
    for (let at = TABLE; at <= FOUND; at += 4) store<u32>(place + at, 0)
  }
}

/** @returns 0 when there is not so much. */
function take(bytes: usize): usize {
  const at = free
  if (bytes > freeEnd - at || !reach(at + bytes)) return 0
  free = at + bytes
  return at
}

/** Whether no scan has a group. */
export function isEmpty(): bool {
  for (let scan: u32 = 0; scan < scanCount; scan++) if (load<u32>(scanAt(scan), FILLED) !== 0) return false
  return true
}

// What becomes of a record.
export const ADDED: u32 = 0
/** A value of it is not certain. */
export const ODD: u32 = 1
/** There is no room for another group. */
export const FULL: u32 = 2

/** Adds the record to a group of each scan, or to none. */
export function addRecord(kind: u32): u32 {
  if (!readValues(kind)) return ODD
  for (let at: u32 = 0; at < hashedCount; at++) {
    const name = nameAt(hashed, at)
    const size = textSize(name)
    const hash = size === 0 ? MIX_A : hashOf(textStart(name), size - 1)
    store<u64>(hashes + ((name as usize) << 3), hash)
  }
  const last = scanAt(scanCount)
  for (let scan = scans; scan < last; scan += SCAN_BYTES) {
    const group = groupOf(scan, kind)
    if (group === 0) return FULL
    store<u32>(scan, group as u32, FOUND)
  }
  for (let scan = scans; scan < last; scan += SCAN_BYTES) {
    const group = load<u32>(scan, FOUND) as usize
    const count = load<u64>(group, COUNT)
    if (count === 0) store<u32>(scan, load<u32>(scan, FILLED) + 1, FILLED)
    store<u64>(group, count + 1, COUNT)
    const values = load<u32>(scan, VALUE_COUNT)
    for (let at: u32 = 0; at < values; at++) {
      const value = nameAt(scan + VALUES, at)
      addSums(group + SUMS + (at as usize) * SUMS_BYTES, value & ~ONLY_PRESENT, value < ONLY_PRESENT)
    }
  }
  return ADDED
}

/** The group of the record in a scan, made when it is new; 0 when there is no room for it. */
function groupOf(scan: usize, kind: u32): usize {
  let hash: u64 = (kind as u64) * MIX_B
  const fields = load<u32>(scan, FIELD_COUNT)
  for (let at: u32 = 0; at < fields; at++) {
    hash = rotl<u64>((hash ^ load<u64>(hashes + ((nameAt(scan + FIELDS, at) as usize) << 3))) * MIX_A, 32)
  }
  hash ^= hash >> 29
  const mask = load<u32>(scan, MASK)
  if (mask !== 0) {
    const table = load<u32>(scan, TABLE) as usize
    const tag = (hash >> 32) as u32
    for (let at = (hash as u32) & mask; ; at = (at + 1) & mask) {
      const slot = load<u64>(table + ((at as usize) << 3))
      const group = slot as u32
      if (group === 0) break
      if (((slot >> 32) as u32) === tag && isSame(scan, group as usize, kind)) return group as usize
    }
  }
  return makeGroup(scan, hash, kind)
}

function sizesAt(scan: usize): usize {
  return SUMS + (load<u32>(scan, VALUE_COUNT) as usize) * SUMS_BYTES
}

function isSame(scan: usize, group: usize, kind: u32): bool {
  if (load<u32>(group, KIND) !== kind) return false
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

function makeGroup(scan: usize, hash: u64, kind: u32): usize {
  if (!hasSlot(scan)) return 0
  const fields = load<u32>(scan, FIELD_COUNT)
  const sizesOffset = sizesAt(scan)
  let bytes = sizesOffset + ((fields as usize) << 2)
  for (let at: u32 = 0; at < fields; at++) {
    const size = textSize(nameAt(scan + FIELDS, at))
    if (size > 1) bytes += keptBytes(size - 1) as usize
  }
  const group = takeRoom(scan, (bytes + 7) & ~7)
  if (group === 0) return 0
  store<u64>(group, 0, COUNT)
  store<u64>(group, hash, HASH)
  store<u32>(group, 0, NEXT)
  store<u32>(group, kind, KIND)
  const values = load<u32>(scan, VALUE_COUNT)
  for (let at: u32 = 0; at < values; at++) startSums(group + SUMS + (at as usize) * SUMS_BYTES)
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
  const last = load<u32>(scan, LAST) as usize
  if (last === 0) store<u32>(scan, group as u32, FIRST)
  else store<u32>(last, group as u32, NEXT)
  store<u32>(scan, group as u32, LAST)
  store<u32>(scan, load<u32>(scan, KEPT) + 1, KEPT)
  putInTable(load<u32>(scan, TABLE) as usize, load<u32>(scan, MASK), group)
  return group
}

function putInTable(table: usize, mask: u32, group: usize): void {
  const hash = load<u64>(group, HASH)
  let at = (hash as u32) & mask
  while (load<u32>(table + ((at as usize) << 3)) !== 0) at = (at + 1) & mask
  store<u64>(table + ((at as usize) << 3), (group as u64) | ((hash >> 32) << 32))
}

/** Makes the table larger when most of it is used: when there is no room for that, seven of eight slots may be. */
function hasSlot(scan: usize): bool {
  const mask = load<u32>(scan, MASK)
  const kept = load<u32>(scan, KEPT)
  if (mask === 0) return newTable(scan, SLOTS_FIRST)
  if (kept < ((mask + 1) / 8) * 5) return true
  return newTable(scan, (mask + 1) * 2) || kept < ((mask + 1) / 8) * 7
}

function newTable(scan: usize, slots: u32): bool {
  const bytes = (slots as usize) << 3
  const table = take(bytes)
  if (table === 0) return false
  for (let at: usize = 0; at < bytes; at += 16) v128.store(table + at, i64x2.splat(0))
  const mask = slots - 1
  for (let group = load<u32>(scan, FIRST) as usize; group !== 0; group = load<u32>(group, NEXT) as usize) {
    putInTable(table, mask, group)
  }
  const old = load<u32>(scan, TABLE)
  const oldBytes = (load<u32>(scan, MASK) + 1) << 3
  if (old !== 0 && oldBytes > load<u32>(scan, ROOM_END) - load<u32>(scan, ROOM)) {
    store<u32>(scan, old, ROOM)
    store<u32>(scan, old + oldBytes, ROOM_END)
  }
  store<u32>(scan, table as u32, TABLE)
  store<u32>(scan, mask, MASK)
  return true
}

/** Memory for a group. */
function takeRoom(scan: usize, bytes: usize): usize {
  let at = load<u32>(scan, ROOM) as usize
  if (bytes > (load<u32>(scan, ROOM_END) as usize) - at) {
    let next = max(load<u32>(scan, ROOM_NEXT), ROOM_FIRST)
    let taken = max(next as usize, bytes)
    at = take(taken)
    if (at === 0) {
      taken = bytes
      at = take(taken)
      if (at === 0) return 0
    }
    store<u32>(scan, (at + taken) as u32, ROOM_END)
    next = min(next * 2, ROOM_MAX)
    store<u32>(scan, next, ROOM_NEXT)
  }
  store<u32>(scan, (at + bytes) as u32, ROOM)
  return at
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
  return filledFrom(load<u32>(group, NEXT) as usize)
}

function filledFrom(group: usize): usize {
  let at = group
  while (at !== 0 && load<u64>(at, COUNT) === 0) at = load<u32>(at, NEXT) as usize
  return at
}

/** Where in a group the sizes of its fields' texts are. */
export function sizesOffset(scan: u32): usize {
  return sizesAt(scanAt(scan))
}
