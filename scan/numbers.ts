// What the value of a part is: missing, something else, or a number, which is then exact.
import { BACKSLASH, CARRIAGE_RETURN, isDigit, LINE_FEED, MINUS, PLUS, POINT, QUOTE, SPACE, TAB } from './bytes'
import { FIELDS, OBJECT, textSize, textStart } from './record'

export const ABSENT: u32 = 0
export const PRESENT: u32 = 1
export const NUMBER: u32 = 2
/** What it is, is not certain. */
export const UNCERTAIN: u32 = 3

/** The number that was read last. */
export let double: f64 = 0
/** The same as a whole number of 2^-100, of 192 bits, two's complement: no double of 19 digits is too large for it, and few are too small. */
export let low: u64 = 0
export let middle: u64 = 0
export let high: u64 = 0

const NULL: u32 = 0x6c6c756e

/** Whether a part is there, and not as null. */
export function isPresent(name: u32, kind: u32): bool {
  const size = textSize(name)
  return size !== 0 && (kind !== OBJECT || size !== 5 || load<u32>(textStart(name)) !== NULL)
}

/** What a part is; when it is a number, that is in `double`, `low`, `middle` and `high`. */
export function readValue(name: u32, kind: u32): u32 {
  if (!isPresent(name, kind)) return ABSENT
  const start = textStart(name)
  const end = start + (textSize(name) as usize) - 1
  if (start === end) return PRESENT
  const first = load<u8>(start) as u32
  if (kind === OBJECT && first !== QUOTE) {
    return first === MINUS || isDigit(first) ? readDecimal(start, end) : PRESENT
  }
  const isQuoted = kind <= FIELDS && first === QUOTE
  return isQuoted ? readText(start + 1, end - 1) : readText(start, end)
}

/** A text is a number, when it is written like one. */
function readText(start: usize, end: usize): u32 {
  if (start === end) return PRESENT
  const byte = load<u8>(start) as u32
  if (isDigit(byte) || byte === MINUS || byte === PLUS || byte === POINT) return readDecimal(start, end)
  // White space may stand before a number, and a backslash for either.
  const mayBe = byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN || byte === LINE_FEED || byte === BACKSLASH
  return mayBe ? UNCERTAIN : PRESENT
}

/** Digits that a u64 holds, whatever they are. */
const DIGITS_MAX: u32 = 19
const EXACT_MAX: u64 = 9_007_199_254_740_992

/**
 * Reads a sign, digits and perhaps a point. When the digits as a whole number are a double, and so is the power of ten that divides it, then
 * the quotient is the double nearest to what is written (W. D. Clinger, "How to Read Floating Point Numbers Accurately", 1990).
 */
function readDecimal(start: usize, end: usize): u32 {
  let at = start
  const sign = load<u8>(at) as u32
  if (sign === MINUS || sign === PLUS) at++
  let digits: u64 = 0
  let count: u32 = 0
  let fraction: u32 = 0
  let isFraction = false
  for (; at < end; at++) {
    const byte = load<u8>(at) as u32
    if (isDigit(byte)) {
      digits = digits * 10 + ((byte & 15) as u64)
      count++
    } else if (byte === POINT && !isFraction) {
      isFraction = true
      fraction = count
    } else return UNCERTAIN
  }
  if (count === 0 || count > DIGITS_MAX || digits > EXACT_MAX) return UNCERTAIN
  fraction = isFraction ? count - fraction : 0
  const size = fraction === 0 ? (digits as f64) : (digits as f64) / load<f64>(powers + ((fraction as usize) << 3))
  if (!setFixed(size)) return UNCERTAIN
  double = size
  if (sign === MINUS && digits !== 0) negate()
  return NUMBER
}

const powers: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
])

/** Of a double its bits are these, times 2 to the power of its exponent less 1075, from 2^52 on for all that are not tiny. */
const FRACTION_BITS: u64 = ((0x000fffff as u64) << 32) | 0xffffffff
const HIDDEN_BIT: u64 = (0x00100000 as u64) << 32

/** @param value 0 or more, and at most 2^53. @returns False when it has bits below 2^-100. */
function setFixed(value: f64): bool {
  low = 0
  middle = 0
  high = 0
  if (value === 0) return true
  const bits = reinterpret<u64>(value)
  const size = (bits & FRACTION_BITS) | HIDDEN_BIT
  const shift = ((bits >> 52) as i32) - 1075 + 100
  if (shift >= 64) {
    const by = (shift - 64) as u64
    middle = size << by
    high = (size >> 1) >> (63 - by)
  } else if (shift >= 0) {
    low = size << (shift as u64)
    middle = (size >> 1) >> ((63 - shift) as u64)
  } else {
    if (ctz(size) < (-shift as u64)) return false
    low = size >> (-shift as u64)
  }
  return true
}

function negate(): void {
  double = -double
  low = ~low + 1
  middle = ~middle + (low === 0 ? 1 : 0)
  high = ~high + (low === 0 && middle === 0 ? 1 : 0)
}
