import { doublesOf } from '../exact-sum.js'
import { numberOf } from '../number-of.js'
import type { ParquetColumn } from '../result/parquet-columns.js'
import { plainValue } from '../result/plain-value.js'
import { forJavaScript, quoted } from '../result/sql-text.js'
import type { ScanValue } from './group-plan.js'
import type { ScannedValue } from './scanned.js'

/** How DuckDB adds up a column, exactly and as `numberOf` has numbers. */
export interface ParquetSum {
  /** The column of the file, by a name of its own; none when the file lacks it. */
  readonly column: readonly string[]
  /** Columns that are made of it, step by step, before records are grouped. */
  readonly steps: readonly (readonly string[])[]
  /** What is computed of a group. */
  readonly aggregates: readonly string[]
  /** Computed last: the list of values that JavaScript adds up. None where DuckDB adds up all. */
  readonly others: readonly string[]
  /** @param row What was computed. */
  valueOf(row: readonly unknown[]): ScannedValue
}

const NOTHING: ScannedValue = { present: 0, numbers: 0, whole: 0, doubles: [], min: Number.NaN, max: Number.NaN }

/** The bits of a fraction that one sum takes. */
const BITS = 62

const SCALE = `${2 ** BITS}e0`

/** Beyond, a double is no BIGINT. */
const WHOLE_BELOW = `${2 ** 63}e0`

/** Beyond, a record has a whole number as text, which counts as the nearest double. */
const SAFE = Number.MAX_SAFE_INTEGER

/** Text that is a number in SQL and in JavaScript alike. */
const PLAIN_NUMBER = `'-?[0-9]{1,15}(\\.[0-9]{1,15})?'`

/** Text that is a number by `numberOf`; what it says is left to JavaScript. Dates, or `12,50`, are none. */
const NUMBER = `'[ \\t\\r\\n]*[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?[ \\t\\r\\n]*'`

const WHOLE = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/

/** Types of which a record never has a number. */
const NO_NUMBER = /^(BOOLEAN|UUID|DATE|TIME|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?)$/

/**
 * How a column is added up; null when that is not known of its type.
 *
 * A double is split into a whole number and two of 62 bits each for its fraction, which are added as integers; those that are too large or too
 * small for that come as a list, which seldom holds any.
 *
 * @param at Its place, for the names of columns.
 */
export function parquetSum(value: ScanValue, column: ParquetColumn | undefined, at: number): ParquetSum | null {
  if (column === undefined) return { column: [], steps: [], aggregates: [], others: [], valueOf: () => NOTHING }
  const { name, type } = column
  // JSON may be null, or a number.
  if (type === 'JSON') return null
  const own = { column: [`${quoted(name)} AS v${at}`] }
  if (!value.isNumber || NO_NUMBER.test(type)) return { ...own, ...presence(at) }
  if (WHOLE.test(type)) return { ...own, ...wholeSum(at) }
  const double = doubleOf(type, `v${at}`)
  return double === null ? null : { ...own, ...doubleSum(double, at) }
}

type Adding = Omit<ParquetSum, 'column'>

const presence = (at: number): Adding => ({
  steps: [],
  aggregates: [`count(v${at})`],
  others: [],
  valueOf: ([present]) => ({ ...NOTHING, present: Number(present) }),
})

const wholeSum = (at: number): Adding => ({
  steps: [[`v${at} BETWEEN -${SAFE} AND ${SAFE} AS ok${at}`]],
  aggregates: [...numbersOf({ at, number: `v${at}::DOUBLE` }), `sum(CASE WHEN ok${at} THEN v${at}::BIGINT END)`],
  others: [`list(v${at}) FILTER (NOT ok${at})`],
  valueOf: ([present, numbers, min, max, whole, others]) =>
    withOthers({ ...counted(present, numbers, [min, max]), whole: bigintOf(whole), doubles: [] }, others),
})

/** A column as doubles, and which of its values, for which that does not hold, may be numbers yet. */
interface Doubles {
  readonly sql: string
  readonly other: string
  readonly raw: string
}

function doubleOf(type: string, name: string): Doubles | null {
  if (type === 'FLOAT' || type === 'DOUBLE') {
    return { sql: `${name}::DOUBLE`, other: `isfinite(${name})`, raw: name }
  }
  if (type.startsWith('DECIMAL')) {
    return { sql: decimalDouble(type, name), other: `${name} IS NOT NULL`, raw: name }
  }
  if (type !== 'VARCHAR') return null
  return {
    sql: `CASE WHEN regexp_full_match(${name}, ${PLAIN_NUMBER}) THEN ${name}::DOUBLE END`,
    other: `regexp_full_match(${name}, ${NUMBER})`,
    raw: forJavaScript(name),
  }
}

/** A cast is a division, and so the nearest double, as long as all digits fit one; text is read well at any length. */
function decimalDouble(type: string, name: string): string {
  const [digits = 0, places = 0] = (type.match(/\d+/g) ?? []).map(Number)
  if (digits <= 15) return `${name}::DOUBLE`
  const below = 10n ** BigInt(Math.max(0, 15 - places))
  return `CASE WHEN ${name} BETWEEN -${below} AND ${below} AND ${places} <= 15 THEN ${name}::DOUBLE ELSE ${name}::VARCHAR::DOUBLE END`
}

function doubleSum({ sql, other, raw }: Doubles, at: number): Adding {
  const [double, rest, smaller, ok] = [`d${at}`, `f${at}`, `h${at}`, `ok${at}`]
  const certain = (number: string) => `sum(CASE WHEN ${ok} THEN trunc(${number})::BIGINT END)`
  return {
    steps: [
      [`${sql} AS ${double}`],
      [`(${double} - trunc(${double})) * ${SCALE} AS ${rest}`],
      [
        `(${rest} - trunc(${rest})) * ${SCALE} AS ${smaller}`,
        // NaN is the largest of all to DuckDB.
        `coalesce(abs(${double}) < ${WHOLE_BELOW} AND ${smaller} = trunc(${smaller}), false) AS ${ok}`,
      ],
    ],
    aggregates: [...numbersOf({ at, number: double }), ...[double, rest, smaller].map(certain)],
    others: [`list(${raw}) FILTER (NOT ${ok} AND ${other})`],
    valueOf: ([present, numbers, min, max, whole, fraction, small, others]) => {
      const fractions = (bigintOf(fraction) << BigInt(BITS)) + bigintOf(small)
      const wholes = fractions >> BigInt(2 * BITS)
      const doubles = doublesOf(fractions - (wholes << BigInt(2 * BITS)), 2 ** (-2 * BITS))
      return withOthers({ ...counted(present, numbers, [min, max]), whole: bigintOf(whole) + wholes, doubles }, others)
    },
  }
}

/** How many there are, how many are numbers for certain, and the least and the greatest of these. */
const numbersOf = ({ at, number }: { readonly at: number; readonly number: string }): readonly string[] => {
  const certain = `CASE WHEN ok${at} THEN ${number} END`
  return [`count(v${at})`, `count(*) FILTER (ok${at})`, `min(${certain})`, `max(${certain})`]
}

/** Plus 0, so that there is no -0. */
const counted = (present: unknown, numbers: unknown, [min, max]: readonly unknown[]) => ({
  present: Number(present),
  numbers: Number(numbers),
  min: min === null ? Number.NaN : Number(min) + 0,
  max: max === null ? Number.NaN : Number(max) + 0,
})

const bigintOf = (value: unknown): bigint => (typeof value === 'bigint' ? value : 0n)

/** Adds values that DuckDB did not, as they stand in records. */
function withOthers(certain: ScannedValue & { readonly whole: bigint }, others: unknown): ScannedValue {
  const made = { ...certain, doubles: [...certain.doubles] }
  for (const other of others === null ? [] : (plainValue(others) as readonly unknown[])) {
    const number = numberOf(other)
    if (number === null) continue
    const double = Number(number)
    made.doubles.push(double)
    made.numbers++
    if (!(made.min <= double)) made.min = double
    if (!(made.max >= double)) made.max = double
  }
  const whole = Number(certain.whole)
  return { ...made, whole: Number.isSafeInteger(whole) ? whole : certain.whole }
}
