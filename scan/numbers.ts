// What the value of a part is: missing, something else, or a number, which is then exact.
import {
  areValues,
  BACKSLASH,
  CARRIAGE_RETURN,
  isDigit,
  LINE_FEED,
  MINUS,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  TAB,
  ZERO,
  ZEROS,
} from './bytes'
import { powers } from './memory'
import { FIELDS, OBJECT } from './record'

export const ABSENT: u32 = 0
export const PRESENT: u32 = 1
export const NUMBER: u32 = 2
/** A whole number below 2^27, and above -2^27. */
export const SMALL: u32 = 3
/** What it is, is not certain. */
export const UNCERTAIN: u32 = 4

/** The small number that was read last. */
export let small: i32 = 0

/** The other number that was read last. */
export let double: f64 = 0
/** The same as a whole number of 2^-90, of 192 bits, two's complement. */
export let low: u64 = 0
export let middle: u64 = 0
export let high: u64 = 0

const NULL: u32 = 0x6c6c756e

/** Whether a part is there, and not as null. @param size Of its text and one; 0 when it is missing. */
export function isPresent(start: usize, size: u32, kind: u32): bool {
  return size !== 0 && (kind !== OBJECT || size !== 5 || load<u32>(start) !== NULL)
}

/** What a part is; a number is in `small`, or else in `double`, `low`, `middle` and `high`. */
export function readValue(start: usize, size: u32, kind: u32): u32 {
  if (!isPresent(start, size, kind)) return ABSENT
  const end = start + (size as usize) - 1
  if (start === end) return PRESENT
  const first = load<u8>(start) as u32
  const isQuoted = first === QUOTE && kind <= FIELDS
  if (isQuoted) return readText(start + 1, end - 1)
  // Of JSON, lists, objects and words are no numbers either.
  return readText(start, end)
}

function skipBlanks(from: usize, end: usize): usize {
  let at = from
  for (; at < end; at++) {
    const byte = load<u8>(at) as u32
    if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN && byte !== LINE_FEED) break
  }
  return at
}

/** What a text is that has something at a place where a number has not: an escape of JSON may stand for what it has. */
function notNumber(at: usize, end: usize): u32 {
  return at < end && (load<u8>(at) as u32) === BACKSLASH ? UNCERTAIN : PRESENT
}

/** Significant digits that a u64 holds, whatever they are. */
const DIGITS_MAX: u32 = 19

/** The first of eight bytes, 1 to 8, as values of digits: with zeros before them, and those behind them gone. */
function digitsAt(start: usize, count: u64): u64 {
  return (load<u64>(start) ^ ZEROS) << ((8 - count) << 3)
}

const ODD_BYTES: u64 = ((0x00ff00ff as u64) << 32) | 0x00ff00ff

/** The number of eight digits: pairs of them become one, three times over. */
function ofDigits(digits: u64): u64 {
  const pairs = (digits * 2_561) >> 8
  const fours = ((pairs & ODD_BYTES) * 6_553_601) >> 16
  return ((fours & 0x0000ffff0000ffff) * 42_949_672_960_001) >> 32
}

/** Digits of the whole numbers that are read at once, as most are: each of them is a double. */
const WHOLE_DIGITS_MAX: usize = 15

/** Reads a text just as far as `NUMBER` of number-of.ts fits it. */
function readText(start: usize, end: usize): u32 {
  const length = end - start
  if (length - 1 < 8) {
    const digits = digitsAt(start, length as u64)
    if (areValues(digits)) {
      small = ofDigits(digits) as i32
      return SMALL
    }
  } else if (length - 1 < WHOLE_DIGITS_MAX) {
    const upper = digitsAt(start, (length as u64) - 8)
    const lower = load<u64>(end - 8) ^ ZEROS
    if (areValues(upper) && areValues(lower)) {
      setWhole(ofDigits(upper) * 100_000_000 + ofDigits(lower))
      return NUMBER
    }
  }
  return start < end ? readAny(start, end) : PRESENT
}

function setWhole(whole: u64): void {
  low = 0
  middle = whole << 26
  high = whole >> 38
  double = whole as f64
}

const SMALL_BELOW: f64 = 134_217_728

/** What a number is that is in `double`. */
function smallOrNot(): u32 {
  if (abs(double) >= SMALL_BELOW || trunc(double) !== double) return NUMBER
  small = double as i32
  return SMALL
}

function readAny(start: usize, end: usize): u32 {
  let at = skipBlanks(start, end)
  const sign = at < end ? (load<u8>(at) as u32) : 0
  if (sign === MINUS || sign === PLUS) at++
  let digits: u64 = 0
  let significant: u32 = 0
  const whole = at
  for (; at < end; at++) {
    const byte = load<u8>(at) as u32
    if (!isDigit(byte)) break
    if (digits !== 0 || byte !== ZERO) significant++
    digits = digits * 10 + ((byte & 15) as u64)
  }
  let count = (at - whole) as u32
  let exponent: i32 = 0
  if (at < end && (load<u8>(at) as u32) === POINT) {
    const fraction = ++at
    for (; at < end; at++) {
      const byte = load<u8>(at) as u32
      if (!isDigit(byte)) break
      if (digits !== 0 || byte !== ZERO) significant++
      digits = digits * 10 + ((byte & 15) as u64)
    }
    count += (at - fraction) as u32
    exponent = (fraction - at) as i32
  }
  if (count === 0) return notNumber(at, end)
  if (at < end && ((load<u8>(at) as u32) | 0x20) === 0x65) {
    at++
    const isNegative = at < end && (load<u8>(at) as u32) === MINUS
    if (isNegative || (at < end && (load<u8>(at) as u32) === PLUS)) at++
    const from = at
    let power: i32 = 0
    for (; at < end; at++) {
      const byte = load<u8>(at) as u32
      if (!isDigit(byte)) break
      power = min(power * 10 + ((byte & 15) as i32), 10_000)
    }
    if (at === from) return notNumber(at, end)
    exponent += isNegative ? -power : power
  }
  at = skipBlanks(at, end)
  if (at < end) return notNumber(at, end)
  if (significant > DIGITS_MAX || !setNumber(digits, exponent)) return UNCERTAIN
  if (sign === MINUS && digits !== 0) negate()
  return smallOrNot()
}

const EXACT_MAX: u64 = 9_007_199_254_740_992
const EXACT_POWER_MAX: i32 = 22

const tens: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
])

/** @returns False when the number is too large, or too small. */
function setNumber(digits: u64, exponent: i32): bool {
  low = 0
  middle = 0
  high = 0
  double = 0
  if (digits === 0) return true
  if (digits <= EXACT_MAX && exponent <= EXACT_POWER_MAX && exponent >= -EXACT_POWER_MAX) {
    // Both are doubles, and so what comes of them is the double nearest to what is written (W. D. Clinger, "How to Read Floating Point
    // Numbers Accurately", 1990).
    const ten = load<f64>(tens + ((abs(exponent) as usize) << 3))
    double = exponent < 0 ? (digits as f64) / ten : (digits as f64) * ten
  } else {
    if (exponent < POWER_MIN || exponent > POWER_MAX) return false
    double = nearest(digits, exponent)
  }
  return setFixed()
}

/** Powers of five that `powers` has, as text-scanner writes them: 128 bits each, the higher half first. */
const POWER_MIN: i32 = -64
const POWER_MAX: i32 = 22

/**
 * The double nearest to digits times a power of ten (D. Lemire, "Number Parsing at a Gigabyte per Second", 2021; that it needs no other
 * way for 19 digits: N. Mushtak and D. Lemire, "Fast Number Parsing Without Fallback", 2023).
 */
function nearest(digits: u64, exponent: i32): f64 {
  const zeros = clz(digits)
  const size = digits << zeros
  const power = powers + (((exponent - POWER_MIN) as usize) << 4)
  multiply(size, load<u64>(power))
  let upper = productHigh
  let lower = productLow
  if ((upper & 0x1ff) === 0x1ff) {
    multiply(size, load<u64>(power, 8))
    lower += productHigh
    if (productHigh > lower) upper++
  }
  const top = upper >> 63
  const shift = top + 9
  let bits = upper >> shift
  // Exactly between two doubles: the even one.
  if (lower <= 1 && exponent >= -4 && exponent <= 23 && (bits & 3) === 1 && bits << shift === upper) bits &= ~(1 as u64)
  bits = (bits + (bits & 1)) >> 1
  // 217706 / 2^16 is nearly the binary logarithm of ten.
  let power2 = (((217_706 * exponent) >> 16) + 63 + (top as i32) - (zeros as i32) + 1_023) as u64
  if (bits >= HIDDEN_BIT << 1) {
    bits = HIDDEN_BIT
    power2++
  }
  return reinterpret<f64>((power2 << 52) | (bits & FRACTION_BITS))
}

let productHigh: u64 = 0
let productLow: u64 = 0

function multiply(a: u64, b: u64): void {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const lows = aLow * bLow
  const cross = aHigh * bLow + (lows >> 32)
  const other = aLow * bHigh + (cross & 0xffffffff)
  productHigh = aHigh * bHigh + (cross >> 32) + (other >> 32)
  productLow = (other << 32) | (lows & 0xffffffff)
}

const FRACTION_BITS: u64 = ((0x000fffff as u64) << 32) | 0xffffffff
const HIDDEN_BIT: u64 = (0x00100000 as u64) << 32
const DOUBLE_MAX: f64 = 1.8446744073709552e19

/** @returns False when it is above 2^64, or has bits below 2^-90. */
function setFixed(): bool {
  if (double > DOUBLE_MAX) return false
  const bits = reinterpret<u64>(double)
  const size = (bits & FRACTION_BITS) | HIDDEN_BIT
  const shift = ((bits >> 52) as i32) - 1_075 + 90
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
