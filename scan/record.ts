// The record that is being read, and those that were read and wait to be added: where their texts are, and what they are.
import { NAMES_MAX } from './memory'

/** What a text is. */
export const OBJECT: u32 = 0
export const FIELDS: u32 = 1
export const PLAIN: u32 = 2

/** The place of the record as a whole, behind those of names. */
export const WHOLE: u32 = NAMES_MAX
/** The place for what nobody asked for. */
export const UNWANTED: u32 = NAMES_MAX + 1

// A record.
/** For each name where its text begins, u32, and its length and one, u32; both 0 where it is missing. */
const TEXTS: usize = 0
/** For each scan what stands for the texts of its fields, u64. */
const HASHES: usize = 272
/** For each name its value: sums.ts says what. */
const VALUES: usize = 400
export const VALUE_BYTES: usize = 40
/** What its texts are, and where it begins, u32 both. */
const KIND: usize = 1_680
const START: usize = 1_684
/** Lines that were passed before it, u32. */
const LINES: usize = 1_688
const RECORD_BYTES: usize = 1_728

/** Records at most that wait, one of which is being read. */
export const RECORDS_MAX: u32 = 16

const records: usize = memory.data(16 * 1_728, 64)

/** The one that is looked at. */
let record: usize = records

let cleared: u32 = 0

export function lookAt(index: u32): void {
  record = records + (index as usize) * RECORD_BYTES
}

/** Says how many names there are. */
export function setNameCount(count: u32): void {
  cleared = (count + 1) & ~1
}

export function clearTexts(): void {
  for (let at: u32 = 0; at < cleared; at += 2) v128.store(record + ((at as usize) << 3), i64x2.splat(0))
}

export function setText(name: u32, start: usize, end: usize): void {
  store<u64>(record + ((name as usize) << 3), (start as u64) | (((end - start + 1) as u64) << 32), TEXTS)
}

export function textStart(name: u32): usize {
  return load<u32>(record + ((name as usize) << 3), TEXTS) as usize
}

/** Its length and one; 0 where it is missing. */
export function textSize(name: u32): u32 {
  return load<u32>(record + ((name as usize) << 3), TEXTS + 4)
}

export function setHash(scan: u32, hash: u64): void {
  store<u64>(record + ((scan as usize) << 3), hash, HASHES)
}

export function hashOfScan(scan: u32): u64 {
  return load<u64>(record + ((scan as usize) << 3), HASHES)
}

export function valueAt(name: u32): usize {
  return record + VALUES + (name as usize) * VALUE_BYTES
}

export function setPlace(kind: u32, start: usize, lines: u32): void {
  store<u32>(record, kind, KIND)
  store<u32>(record, start as u32, START)
  store<u32>(record, lines, LINES)
}

export function kindOf(): u32 {
  return load<u32>(record, KIND)
}

export function startOf(): usize {
  return load<u32>(record, START) as usize
}

export function linesBefore(): u32 {
  return load<u32>(record, LINES)
}
