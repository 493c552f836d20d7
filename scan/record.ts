// The record that is being read: where its texts are.
import { NAMES_MAX } from './memory'

/** What a text is. */
export const OBJECT: u32 = 0
export const FIELDS: u32 = 1
export const PLAIN: u32 = 2

/** The place of the record as a whole, behind those of names. */
export const WHOLE: u32 = NAMES_MAX
/** The place for what nobody asked for. */
export const UNWANTED: u32 = NAMES_MAX + 1

/** For each name where its text begins, u32, and its length and one, u32; both 0 where it is missing. */
const texts: usize = memory.data(34 * 8, 16)

let cleared: u32 = 0

/** Says how many names there are. */
export function setNameCount(count: u32): void {
  cleared = (count + 1) & ~1
}

export function clearTexts(): void {
  for (let at: u32 = 0; at < cleared; at += 2) v128.store(texts + ((at as usize) << 3), i64x2.splat(0))
}

export function setText(name: u32, start: usize, end: usize): void {
  store<u64>(texts + ((name as usize) << 3), (start as u64) | (((end - start + 1) as u64) << 32))
}

export function textStart(name: u32): usize {
  return load<u32>(texts + ((name as usize) << 3)) as usize
}

/** Its length and one; 0 where it is missing. */
export function textSize(name: u32): u32 {
  return load<u32>(texts + ((name as usize) << 3), 4)
}
