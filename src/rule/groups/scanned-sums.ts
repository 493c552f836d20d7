import type { ScannedValue } from './scanned.js'

/** What the program of scan/ keeps of a value: scan/sums.ts says where. */
export const SUMS_BYTES = 56

/** The lowest bit of a sum is 2^-90. */
const FRACTION_BITS = 90n
const HALF_BITS = 45

/** @param at Where the sums of a value are. */
export function scannedValue(memory: Buffer, at: number): ScannedValue {
  const numbers = countAt(memory, at + 8)
  const [whole, doubles] = parts(memory, at + 16)
  return {
    present: countAt(memory, at),
    numbers,
    whole,
    doubles,
    min: numbers === 0 ? Number.NaN : memory.readDoubleLE(at + 40),
    max: numbers === 0 ? Number.NaN : memory.readDoubleLE(at + 48),
  }
}

const countAt = (memory: Buffer, at: number): number => memory.readUInt32LE(at) + memory.readUInt32LE(at + 4) * 2 ** 32

/** A sum as an integer, and a fraction of 0 or more as two doubles of 45 bits. */
function parts(memory: Buffer, at: number): readonly [whole: number | bigint, doubles: readonly number[]] {
  const low = memory.readBigUInt64LE(at) | (memory.readBigUInt64LE(at + 8) << 64n)
  const sum = low | (memory.readBigInt64LE(at + 16) << 128n)
  const whole = sum >> FRACTION_BITS
  const number = Number(whole)
  const higher = Number(BigInt.asUintN(HALF_BITS, sum >> BigInt(HALF_BITS))) * 2 ** -HALF_BITS
  const lower = Number(BigInt.asUintN(HALF_BITS, sum)) * 2 ** (-2 * HALF_BITS)
  return [Number.isSafeInteger(number) ? number : whole, [lower, higher].filter((double) => double !== 0)]
}
