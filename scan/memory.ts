// Where things are in memory: first what the compiler places, then areas of fixed size, then the block of text, then groups, which grow.
import { LINE_FEED } from './bytes'

/** Names of fields and values, of all scans together. */
export const NAMES_MAX: u32 = 32
/** A longer line is not taken: 8 MiB, as the row readers have it. */
export const LINE_BYTES_MAX: usize = 8 * 1024 * 1024
/** Fields of a CSV record. */
export const COLUMNS_MAX: u32 = 10_000

/** Bytes of CSV that are indexed at a time, at most. */
export const WINDOW_BYTES: usize = 16 * 1024

/** Loads of 16 or 64 bytes may begin at the last byte. */
export const PAD_BYTES: usize = 128
export const BLOCK_BYTES_MAX: usize = 16 * 1024 * 1024 + 64 * 1024

/** What the compiler places ends before: a few tables. `start` of each program sees to it. */
const AREAS: usize = 65_536

/** Positions of delimiters and line ends: those of a record that is still open, and those of a window. */
export const marks: usize = AREAS
const MARKS_BYTES: usize = ((COLUMNS_MAX as usize) + WINDOW_BYTES + 512) * 4

/** For each line end, its place among the marks. */
export const ends: usize = marks + MARKS_BYTES
const ENDS_BYTES: usize = (WINDOW_BYTES + 512) * 4

/** What keys of JSON look like. */
export const shapes: usize = ends + ENDS_BYTES
const SHAPES_BYTES: usize = 64 * 1024

/** What the caller writes: powers of five, and the bytes of names. */
export const powers: usize = shapes + SHAPES_BYTES
const POWERS_BYTES: usize = 2 * 1024
export const input: usize = powers + POWERS_BYTES
export const INPUT_BYTES: usize = 256 * 1024

export const block: usize = input + INPUT_BYTES
/** Where groups begin. */
export const groupsStart: usize = block + BLOCK_BYTES_MAX + PAD_BYTES

/** Puts a line end and zeros behind the text of the block. @returns Where the text ends. */
export function endBlock(length: u32): usize {
  const end = block + (length as usize)
  store<u8>(end, LINE_FEED as u8)
  memory.fill(end + 1, 0, PAD_BYTES - 1)
  return end
}

/** Ends a program whose tables have grown into the areas: they would be written over. */
export function checkAreas(): void {
  if (__heap_base > AREAS) unreachable()
}

const PAGE_BYTES: usize = 65_536

/** Makes memory reach so far. @returns False when there is none. */
export function reach(end: usize): bool {
  const has = (memory.size() as usize) * PAGE_BYTES
  if (end <= has) return true
  return memory.grow(((end - has + PAGE_BYTES - 1) / PAGE_BYTES) as i32) >= 0
}
