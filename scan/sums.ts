// What is summed of the values of records.
import { NAMES_MAX } from './memory'
import {
  ABSENT,
  double,
  high,
  isPresent,
  low,
  middle,
  NUMBER,
  PRESENT,
  readValue,
  SMALL,
  small,
  UNCERTAIN,
} from './numbers'
import { kindOf, RECORDS_MAX, textSize, textStart, textsOf } from './record'

// Of a value of a group, as long as all its records have a small number there: the sum, i64, the smallest and the largest, i32.
const SUM: usize = 0
const LEAST: usize = 8
const MOST: usize = 12
export const SUMS_BYTES: usize = 16
/** In place of the smallest, when there is something else: then the sum is where that stands, and what it is. */
const ELSEWHERE: i32 = i32.MIN_VALUE

// There: how many have it, how many are numbers, the sum as of numbers.ts, the smallest and the largest.
const ANY_COUNT: usize = 0
const ANY_NUMBERS: usize = 8
const ANY_LOW: usize = 16
const ANY_MIDDLE: usize = 24
const ANY_HIGH: usize = 32
const ANY_LEAST: usize = 40
const ANY_MOST: usize = 48
export const ANY_BYTES: usize = 56

// Of a name in a record: what it is, and the number, of which a small one stands at its own place alone.
const STATE: usize = 0
const OF_SMALL: usize = 4
const OF_LOW: usize = 8
const OF_MIDDLE: usize = 16
const OF_HIGH: usize = 24
const OF_DOUBLE: usize = 32
const VALUE_BYTES: usize = 40
const ROW_BYTES: usize = VALUE_BYTES * (RECORDS_MAX as usize)

/** For each name and record its value. */
const values: usize = memory.data(NAMES_MAX * RECORDS_MAX * (VALUE_BYTES as u32), 64)

/** Names that are summed, and those of which only matters whether they are there: a byte each, and 128 more for the latter. */
const summed: usize = memory.data(NAMES_MAX)
export const ONLY_PRESENT: u32 = 128
let summedCount: u32 = 0
/** A bit for each name that is a small number in all records that wait. */
let allSmall: u32 = 0

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

function valuesOf(name: u32): usize {
  return values + (name as usize) * ROW_BYTES
}

/** Reads the values of the first records. @returns The first one of which it is not certain what its values are; else how many they are. */
export function readValues(count: u32): u32 {
  let certain = count
  allSmall = 0
  for (let at: u32 = 0; at < summedCount; at++) {
    const known = load<u8>(summed + (at as usize)) as u32
    const name = known & ~ONLY_PRESENT
    if (known === name) certain = readNumbers(name, certain)
    else readPresence(name, certain)
  }
  return certain
}

function readPresence(name: u32, count: u32): void {
  const list = textsOf(name)
  let value = valuesOf(name)
  for (let record: u32 = 0; record < count; record++) {
    const isThere = isPresent(textStart(list, record), textSize(list, record), kindOf(record))
    store<u32>(value, isThere ? PRESENT : ABSENT, STATE)
    value += VALUE_BYTES
  }
}

function readNumbers(name: u32, count: u32): u32 {
  const list = textsOf(name)
  let value = valuesOf(name)
  let areSmall = true
  for (let record: u32 = 0; record < count; record++) {
    const state = readValue(textStart(list, record), textSize(list, record), kindOf(record))
    if (state === UNCERTAIN) return record
    store<u32>(value, state, STATE)
    if (state === SMALL) store<i32>(value, small, OF_SMALL)
    else {
      areSmall = false
      if (state === NUMBER) {
        store<u64>(value, low, OF_LOW)
        store<u64>(value, middle, OF_MIDDLE)
        store<u64>(value, high, OF_HIGH)
        store<f64>(value, double, OF_DOUBLE)
      }
    }
    value += VALUE_BYTES
  }
  if (areSmall) allSmall |= 1 << name
  return count
}

export function startSums(at: usize): void {
  store<u64>(at, 0, SUM)
  store<i32>(at, i32.MAX_VALUE, LEAST)
  store<i32>(at, -i32.MAX_VALUE, MOST)
}

/** Whether a name is a small number in all records that wait. */
export function isAllSmall(name: u32): bool {
  return ((allSmall >> name) & 1) !== 0
}

/** Whether what a record has of a value has no place among the sums of small numbers. */
export function needsAny(value: u32, record: u32): bool {
  const name = value & ~ONLY_PRESENT
  const state = load<u32>(valuesOf(name) + (record as usize) * VALUE_BYTES, STATE)
  return value === name ? state !== SMALL : state === ABSENT
}

export function isElsewhere(at: usize): bool {
  return load<i32>(at, LEAST) === ELSEWHERE
}

/** Moves sums to where there is room for any numbers. @param records Those of the group. */
export function moveSums(at: usize, any: usize, records: u64, isNumber: bool): void {
  const sum = load<i64>(at, SUM)
  const has = records !== 0 && isNumber
  store<u64>(any, records, ANY_COUNT)
  store<u64>(any, isNumber ? records : 0, ANY_NUMBERS)
  store<u64>(any, 0, ANY_LOW)
  store<u64>(any, (sum as u64) << 26, ANY_MIDDLE)
  store<u64>(any, (sum >> 38) as u64, ANY_HIGH)
  store<f64>(any, has ? (load<i32>(at, LEAST) as f64) : Infinity, ANY_LEAST)
  store<f64>(any, has ? (load<i32>(at, MOST) as f64) : -Infinity, ANY_MOST)
  store<u64>(at, any as u64, SUM)
  store<i32>(at, ELSEWHERE, LEAST)
}

/**
 * Adds a value of the first records, each to its group.
 *
 * @param offset Where in a group the sums are. @param groups For each record its group, u32.
 */
export function addSums(value: u32, offset: usize, groups: usize, count: u32): void {
  const isNumber = value < ONLY_PRESENT
  let place = valuesOf(value & ~ONLY_PRESENT)
  for (let record: u32 = 0; record < count; record++) {
    const at = (load<u32>(groups + ((record as usize) << 2)) as usize) + offset
    const least = load<i32>(at, LEAST)
    if (least === ELSEWHERE) addElsewhere(load<u32>(at, SUM) as usize, place, isNumber)
    else if (isNumber) {
      // It has room for 2^36 numbers of 2^27, more than half a terabyte of text has.
      const number = load<i32>(place, OF_SMALL)
      store<i64>(at, load<i64>(at, SUM) + (number as i64), SUM)
      store<i32>(at, min(least, number), LEAST)
      store<i32>(at, max(load<i32>(at, MOST), number), MOST)
    }
    place += VALUE_BYTES
  }
}

function addElsewhere(at: usize, value: usize, isNumber: bool): void {
  const state = load<u32>(value, STATE)
  if (state === ABSENT) return
  store<u64>(at, load<u64>(at, ANY_COUNT) + 1, ANY_COUNT)
  if (!isNumber || state === PRESENT) return
  store<u64>(at, load<u64>(at, ANY_NUMBERS) + 1, ANY_NUMBERS)

  const isSmall = state === SMALL
  const number = load<i32>(value, OF_SMALL)
  const addedLow = isSmall ? 0 : load<u64>(value, OF_LOW)
  const addedMiddle = isSmall ? (number as u64) << 26 : load<u64>(value, OF_MIDDLE)
  const addedHigh = isSmall ? (((number as i64) >> 38) as u64) : load<u64>(value, OF_HIGH)
  const added = isSmall ? (number as f64) : load<f64>(value, OF_DOUBLE)

  const sumLow = load<u64>(at, ANY_LOW) + addedLow
  const carry: u64 = sumLow < addedLow ? 1 : 0
  const sumMiddle = load<u64>(at, ANY_MIDDLE) + addedMiddle
  const nextMiddle = sumMiddle + carry
  const nextCarry: u64 = (sumMiddle < addedMiddle ? 1 : 0) + (nextMiddle < sumMiddle ? 1 : 0)
  store<u64>(at, sumLow, ANY_LOW)
  store<u64>(at, nextMiddle, ANY_MIDDLE)
  // It has room for 2^37 numbers of 2^64, more than two terabytes of text have.
  store<u64>(at, load<u64>(at, ANY_HIGH) + addedHigh + nextCarry, ANY_HIGH)

  if (added < load<f64>(at, ANY_LEAST)) store<f64>(at, added, ANY_LEAST)
  if (added > load<f64>(at, ANY_MOST)) store<f64>(at, added, ANY_MOST)
}
