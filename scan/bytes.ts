// Bytes of text: what they are, where a text ends, and what stands for one in a table.

export const TAB: u32 = 0x09
export const LINE_FEED: u32 = 0x0a
export const CARRIAGE_RETURN: u32 = 0x0d
export const SPACE: u32 = 0x20
export const QUOTE: u32 = 0x22
export const PLUS: u32 = 0x2b
export const COMMA: u32 = 0x2c
export const MINUS: u32 = 0x2d
export const POINT: u32 = 0x2e
export const ZERO: u32 = 0x30
export const COLON: u32 = 0x3a
export const BACKSLASH: u32 = 0x5c
export const BRACKET: u32 = 0x5b
export const BRACKET_END: u32 = 0x5d
export const BRACE: u32 = 0x7b
export const BRACE_END: u32 = 0x7d

export function isDigit(byte: u32): bool {
  return byte - ZERO < 10
}

/** Eight digits of 0. */
export const ZEROS: u64 = ((0x30303030 as u64) << 32) | 0x30303030
const SIXES: u64 = ((0x06060606 as u64) << 32) | 0x06060606
const UPPER_HALVES: u64 = ((0xf0f0f0f0 as u64) << 32) | 0xf0f0f0f0

function notValues(bytes: u64): u64 {
  return ((bytes + SIXES) | bytes) & UPPER_HALVES
}

/** Whether eight bytes are 0 to 9, each. */
export function areValues(bytes: u64): bool {
  return notValues(bytes) === 0
}

/** 0 for eight digits; else the lowest bit stands in the first byte that is none. */
export function notDigits(bytes: u64): u64 {
  return notValues(bytes ^ ZEROS)
}

/** 16 bytes of ones and 16 of zeros: a load that begins `16 - n` bytes into it keeps n bytes. */
const keeps: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0,
])

/** The first bytes at a place, and zeros. @param count 0 to 16. */
export function firstBytes(at: usize, count: u32): v128 {
  return v128.and(v128.load(at), v128.load(keeps + 16 - (count as usize)))
}

/** Odd, and half of their bits set. */
export const MIX_A: u64 = ((0x9e3779b9 as u64) << 32) | 0x7f4a7c15
export const MIX_B: u64 = ((0xff51afd7 as u64) << 32) | 0xed558ccd
export const MIX_C: u64 = ((0xc4ceb9fe as u64) << 32) | 0x1a85ec53

/** What stands for a text in a table. */
export function hashOf(start: usize, length: u32): u64 {
  let at = start
  let left = length
  let hash: u64 = (length as u64) * MIX_A
  while (left > 16) {
    hash = rotl<u64>((hash ^ load<u64>(at)) * MIX_B, 29)
    hash = rotl<u64>((hash ^ load<u64>(at, 8)) * MIX_C, 31)
    at += 16
    left -= 16
  }
  return hashOfBytes(firstBytes(at, left), hash)
}

/** What stands for a text that ends with so few bytes, and zeros. @param before What stands for its length, and what comes before them. */
export function hashOfBytes(bytes: v128, before: u64): u64 {
  let hash = (before ^ (i64x2.extract_lane(bytes, 0) as u64)) * MIX_B
  hash ^= hash >> 29
  hash = (hash ^ (i64x2.extract_lane(bytes, 1) as u64)) * MIX_C
  return hash ^ (hash >> 32)
}

/** Whether two texts are the same; behind the end of one that is kept there are zeros up to 16 bytes. */
export function isKept(kept: usize, start: usize, length: u32): bool {
  let at: usize = 0
  let left = length
  while (left > 16) {
    if (v128.any_true(v128.xor(v128.load(start + at), v128.load(kept + at)))) return false
    at += 16
    left -= 16
  }
  return !v128.any_true(v128.xor(firstBytes(start + at, left), v128.load(kept + at)))
}

/** Room that a text takes where it is kept. */
export function keptBytes(length: u32): u32 {
  return (length + 15) & ~15
}

export function keep(to: usize, start: usize, length: u32): void {
  let at: usize = 0
  let left = length
  while (left > 16) {
    v128.store(to + at, v128.load(start + at))
    at += 16
    left -= 16
  }
  if (left > 0) v128.store(to + at, firstBytes(start + at, left))
}

/** Where the next line feed is; there is one. */
export function lineFeedFrom(start: usize): usize {
  let at = start
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(LINE_FEED as i8)))
    if (found !== 0) return at + (ctz(found) as usize)
    at += 16
  }
}
