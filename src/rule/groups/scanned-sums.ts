import type { ScannedValue } from './scanned.js'

/** What the program of scan/ keeps of a value in a group: scan/sums.ts says where. */
export const SUMS_BYTES = 16

/** In place of the smallest number: the sums are elsewhere. */
const ELSEWHERE = -(2 ** 31)

/** @param at Where the sums of a value are, of a group of so many records. */
export function scannedValue(memory: DataView, at: number, group: Summed): ScannedValue {
  const min = memory.getInt32(at + 8, true)
  if (min === ELSEWHERE) return valueElsewhere(memory, memory.getUint32(at, true))
  const { count, isNumber } = group
  return {
    present: count,
    numbers: isNumber ? count : 0,
    whole: wholeOf(memory.getInt32(at + 4, true), memory.getUint32(at, true)),
    doubles: NO_FRACTION,
    min: isNumber ? min : Number.NaN,
    max: isNumber ? memory.getInt32(at + 12, true) : Number.NaN,
  }
}

/** What is summed of a group. */
export interface Summed {
  /** Its records. */
  readonly count: number
  /** Whether it is more than presence. */
  readonly isNumber: boolean
}

const wholeOf = (high: number, low: number): number | bigint => {
  const number = high * 2 ** 32 + low
  return Number.isSafeInteger(number) ? number : (BigInt(high) << 32n) + BigInt(low)
}

function valueElsewhere(memory: DataView, at: number): ScannedValue {
  const numbers = countAt(memory, at + 8)
  return {
    present: countAt(memory, at),
    numbers,
    whole: wholeAt(memory, at + 16),
    doubles: fractionAt(memory, at + 16),
    min: numbers === 0 ? Number.NaN : memory.getFloat64(at + 40, true),
    max: numbers === 0 ? Number.NaN : memory.getFloat64(at + 48, true),
  }
}

/** A whole number of 64 bits. */
export const countAt = (memory: DataView, at: number): number =>
  memory.getUint32(at, true) + memory.getUint32(at + 4, true) * 2 ** 32

// A sum is a whole number of 2^-90, of 192 bits: below 26 bits of its third word there is its fraction.
const LOW_BITS = 26

/** The sum, rounded down. */
function wholeAt(memory: DataView, at: number): number | bigint {
  const top = memory.getInt32(at + 20, true)
  const high = memory.getUint32(at + 16, true)
  const rest = (memory.getUint32(at + 8, true) >>> LOW_BITS) + memory.getUint32(at + 12, true) * 2 ** 6
  if (top === 0 && high < 2 ** 15) return high * 2 ** 38 + rest
  // By far most sums below 0 are this.
  if (top === -1 && high >= 2 ** 32 - 2 ** 14) return (high - 2 ** 32) * 2 ** 38 + rest
  return (BigInt(top) << 70n) + (BigInt(high) << 38n) + BigInt(rest)
}

/** What the sum is above it, as doubles of 45 bits. */
function fractionAt(memory: DataView, at: number): readonly number[] {
  const low = memory.getUint32(at, true)
  const middle = memory.getUint32(at + 4, true)
  const high = memory.getUint32(at + 8, true) & (2 ** LOW_BITS - 1)
  if (low === 0 && middle === 0 && high === 0) return NO_FRACTION
  const upper = (high * 2 ** 19 + (middle >>> 13)) * 2 ** -45
  const lower = ((middle & (2 ** 13 - 1)) * 2 ** 32 + low) * 2 ** -90
  return lower === 0 ? [upper] : upper === 0 ? [lower] : [lower, upper]
}

const NO_FRACTION: readonly number[] = []
