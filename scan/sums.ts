// What is summed of the values of a record.
import { ABSENT, double, high, isPresent, low, middle, NUMBER, PRESENT, readValue, UNCERTAIN } from './numbers'
import { valueAt } from './record'

// Of a value of a group: how many have it, how many are numbers, the sum as of numbers.ts, the smallest and the largest.
const COUNT: usize = 0
const NUMBERS: usize = 8
const LOW: usize = 16
const MIDDLE: usize = 24
const HIGH: usize = 32
const LEAST: usize = 40
const MOST: usize = 48
export const SUMS_BYTES: usize = 56

// Of a name in a record: what it is, and the number.
const STATE: usize = 0
const OF_LOW: usize = 8
const OF_MIDDLE: usize = 16
const OF_HIGH: usize = 24
const OF_DOUBLE: usize = 32

/** Names that are summed, and those of which only matters whether they are there: a byte each, and 128 more for the latter. */
const summed: usize = memory.data(64)
export const ONLY_PRESENT: u32 = 128
let summedCount: u32 = 0

export function addSummed(name: u32, isNumber: bool): void {
  for (let at: u32 = 0; at < summedCount; at++) {
    const place = summed + (at as usize)
    const known = load<u8>(place) as u32
    if ((known & ~ONLY_PRESENT) !== name) continue
    if (isNumber) store<u8>(place, name as u8)
    return
  }
  store<u8>(summed + (summedCount++ as usize), (isNumber ? name : name | ONLY_PRESENT) as u8)
}

/** Reads the values of the record. @returns False when it is not certain what one of them is. */
export function readValues(kind: u32): bool {
  for (let at: u32 = 0; at < summedCount; at++) {
    const known = load<u8>(summed + (at as usize)) as u32
    const name = known & ~ONLY_PRESENT
    const value = valueAt(name)
    if (known !== name) {
      store<u32>(value, isPresent(name, kind) ? PRESENT : ABSENT, STATE)
      continue
    }
    const state = readValue(name, kind)
    if (state === UNCERTAIN) return false
    store<u32>(value, state, STATE)
    if (state !== NUMBER) continue
    store<u64>(value, low, OF_LOW)
    store<u64>(value, middle, OF_MIDDLE)
    store<u64>(value, high, OF_HIGH)
    store<f64>(value, double, OF_DOUBLE)
  }
  return true
}

export function startSums(at: usize): void {
  for (let word = COUNT; word < LEAST; word += 8) store<u64>(at + word, 0)
  store<f64>(at, Infinity, LEAST)
  store<f64>(at, -Infinity, MOST)
}

/** Adds the record's value of a name. */
export function addSums(at: usize, name: u32, isNumber: bool): void {
  const value = valueAt(name)
  const state = load<u32>(value, STATE)
  if (state === ABSENT) return
  store<u64>(at, load<u64>(at, COUNT) + 1, COUNT)
  if (!isNumber || state !== NUMBER) return
  store<u64>(at, load<u64>(at, NUMBERS) + 1, NUMBERS)

  const addedLow = load<u64>(value, OF_LOW)
  const sumLow = load<u64>(at, LOW) + addedLow
  const carry: u64 = sumLow < addedLow ? 1 : 0
  const addedMiddle = load<u64>(value, OF_MIDDLE)
  const sumMiddle = load<u64>(at, MIDDLE) + addedMiddle
  const nextMiddle = sumMiddle + carry
  const nextCarry: u64 = (sumMiddle < addedMiddle ? 1 : 0) + (nextMiddle < sumMiddle ? 1 : 0)
  store<u64>(at, sumLow, LOW)
  store<u64>(at, nextMiddle, MIDDLE)
  // It has room for 2^37 numbers of 2^64, more than two terabytes of text have.
  store<u64>(at, load<u64>(at, HIGH) + load<u64>(value, OF_HIGH) + nextCarry, HIGH)

  const double = load<f64>(value, OF_DOUBLE)
  if (double < load<f64>(at, LEAST)) store<f64>(at, double, LEAST)
  if (double > load<f64>(at, MOST)) store<f64>(at, double, MOST)
}
