// The scans: of each its fields and values, and where in its groups things are.
import { addHashed } from './keys'
import { ANY_BYTES, addSummed, needsAny, ONLY_PRESENT, SUMS_BYTES } from './sums'
import { OWN } from './tables'

// A scan; it begins with its table.
export const FIELD_COUNT: usize = 32
export const VALUE_COUNT: usize = 36
/** Groups that have records. */
export const FILLED: usize = 40
/** Where in its groups sums are, sizes of texts and the texts. */
export const SUMS: usize = 44
export const SIZES: usize = 48
export const TEXTS: usize = 52
/** A bit for each value whose sums have room for any numbers in each group. */
export const ANYS: usize = 56
/** Names of fields and values, a byte each; 128 more where only matters whether a value is there. */
export const FIELDS: usize = 64
export const VALUES: usize = 96
const SCAN_BYTES: usize = 128

// A group, as a thing of a table. Where a scan has several fields, the numbers of their texts follow, u32. Then sums follow, then the sizes of
// its fields' texts, u32; then the first 16 bytes of each text, with zeros behind those that are shorter; then what is left of those that are longer.
export const COUNT: usize = 0
export const KIND: usize = OWN
export const NUMBERS: usize = OWN + 4

/** Scans at once. */
export const SCANS_MAX: u32 = 16
const scans: usize = memory.data(SCANS_MAX * (SCAN_BYTES as u32), 16)
export let scanCount: u32 = 0

export function scanAt(scan: u32): usize {
  return scans + (scan as usize) * SCAN_BYTES
}

export function nameAt(list: usize, at: u32): u32 {
  return load<u8>(list + (at as usize)) as u32
}

export function addScan(): u32 {
  place(scanAt(scanCount))
  return scanCount++
}

export function addField(scan: u32, name: u32): void {
  const to = scanAt(scan)
  const count = load<u32>(to, FIELD_COUNT)
  store<u8>(to + FIELDS + (count as usize), name as u8)
  store<u32>(to, count + 1, FIELD_COUNT)
  place(to)
  addHashed(name)
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
export function fixedBytes(scan: usize): usize {
  return (load<u32>(scan, TEXTS) as usize) + ((load<u32>(scan, FIELD_COUNT) as usize) << 4)
}

/** Gives room for any numbers to all groups of a scan that has none yet, where the first records need it. */
export function placeAnys(scan: usize, count: u32): void {
  const values = load<u32>(scan, VALUE_COUNT)
  let anys: u32 = 0
  for (let at: u32 = 0; at < values; at++) {
    const value = nameAt(scan + VALUES, at)
    for (let record: u32 = 0; record < count; record++) if (needsAny(value, record)) anys |= 1 << at
  }
  store<u32>(scan, anys, ANYS)
  place(scan)
}

// What the caller reads.

/** Where in a group of a scan are the sums of its first value; those of others follow. */
export function sumsOffset(scan: u32): usize {
  return load<u32>(scanAt(scan), SUMS) as usize
}

/** Where in a group of a scan with one field is its text. */
export function ownTextOffset(scan: u32): usize {
  return load<u32>(scanAt(scan), SIZES) as usize
}
