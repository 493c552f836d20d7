// The record that is being read, and those that were read before it and wait to be added: where their texts are, and what they are. What is
// kept of a name stands side by side for all of them, as it is worked through name by name.
import { NAMES_MAX } from './memory'

/** What a text is. */
export const OBJECT: u32 = 0
export const FIELDS: u32 = 1
export const PLAIN: u32 = 2

/** The place of the record as a whole, behind those of names. */
export const WHOLE: u32 = NAMES_MAX
/** The place for what nobody asked for. */
export const UNWANTED: u32 = NAMES_MAX + 1

/** Records at most that wait, one of which is being read. */
export const RECORDS_MAX: u32 = 16
const ROW_BYTES: usize = (RECORDS_MAX as usize) << 3

/** For each name and record where its text begins, u32, and its length and one, u32; both 0 where it is missing. */
const texts: usize = memory.data((NAMES_MAX + 2) * RECORDS_MAX * 8, 64)
/** Of each record, u32: what its texts are, where it begins, and lines that were passed before it. */
const places: usize = memory.data(RECORDS_MAX * 16, 64)

/** Which one is being read. */
let record: usize = 0
/** Of which its texts are here. */
let textsAt: usize = texts
let cleared: usize = texts

/** Says how many names there are. */
export function setNameCount(count: u32): void {
  cleared = texts + (count as usize) * ROW_BYTES
}

/** Begins with the first record, and without texts. */
export function startRecords(): void {
  record = 0
  textsAt = texts
  for (let at = texts; at < cleared; at += 16) v128.store(at, i64x2.splat(0))
}

/** Goes on to the next. @returns Records that were read. */
export function nextRecord(kind: u32, start: usize, lines: u32): u32 {
  const place = places + (record << 4)
  store<u32>(place, kind)
  store<u32>(place, start as u32, 4)
  store<u32>(place, lines, 8)
  textsAt += 8
  return ++record as u32
}

export function setText(name: u32, start: usize, end: usize): void {
  store<u64>(textsAt + (name as usize) * ROW_BYTES, (start as u64) | (((end - start + 1) as u64) << 32))
}

/** The texts of a name, 8 bytes for each record. */
export function textsOf(name: u32): usize {
  return texts + (name as usize) * ROW_BYTES
}

/** A text of a list of them. */
export function textStart(list: usize, record: u32): usize {
  return load<u32>(list + ((record as usize) << 3)) as usize
}

/** Its length and one; 0 where it is missing. */
export function textSize(list: usize, record: u32): u32 {
  return load<u32>(list + ((record as usize) << 3), 4)
}

export function kindOf(record: u32): u32 {
  return load<u32>(places + ((record as usize) << 4))
}

export function startOf(record: u32): usize {
  return load<u32>(places + ((record as usize) << 4), 4) as usize
}

export function linesBefore(record: u32): u32 {
  return load<u32>(places + ((record as usize) << 4), 8)
}
