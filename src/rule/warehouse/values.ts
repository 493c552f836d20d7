import { RuleError } from '../../core/errors.js'
import type { ColumnKind } from './column-kind.js'
import { RUN_COLUMN, type Table } from './table.js'

/** A value as a database takes it. Integers beyond 2^53 are bigint. */
export type Cell = string | number | bigint | null

const INTEGER_MAX = 2n ** 63n - 1n
const INTEGER_MIN = -(2n ** 63n)

/** A whole number as text, or a number with a fraction or an exponent. */
const INTEGER_TEXT = /^[+-]?\d+$/

/**
 * Makes rows of a result into those of its table: each value of its column's kind, and the run at the end of a table that is appended to.
 *
 * @throws RuleError `warehouse` when a value is none of its column's kind, or a key part is null.
 */
export function cellsOf(table: Table, runId: string): (row: readonly unknown[]) => readonly Cell[] {
  const columns = table.columns.map(({ name, kind }) => ({ name, to: CONVERT[kind], isKey: table.key.includes(name) }))
  const isAppended = table.key.length === 0 && columns.at(-1)?.name === RUN_COLUMN
  return (row) =>
    columns.map(({ name, to, isKey }, at) => {
      if (isAppended && at === columns.length - 1) return runId
      const value = row[at]
      const cell = value === null || value === undefined ? null : to(value)
      if (cell === undefined) fail(table, `'${String(value).slice(0, 100)}' cannot go into column '${name}'`)
      if (cell === null && isKey) fail(table, `a row has no '${name}', which is part of the key`)
      return cell
    })
}

/** Undefined: it cannot be. */
const CONVERT: Readonly<Record<ColumnKind, (value: unknown) => Cell | undefined>> = {
  text: (value) => (typeof value === 'string' ? wellFormed(value) : textOf(value)),
  integer(value) {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? value : wholeOf(value)
    if (typeof value === 'bigint') return inRange(value)
    if (typeof value === 'boolean') return Number(value)
    return typeof value === 'string' && INTEGER_TEXT.test(value) ? inRange(BigInt(value)) : undefined
  },
  number(value) {
    if (typeof value === 'number') return value
    if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value)
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
    return Number.isNaN(number) ? undefined : number
  },
}

const wholeOf = (value: number): bigint | undefined => (Number.isInteger(value) ? inRange(BigInt(value)) : undefined)

const inRange = (value: bigint): bigint | undefined =>
  value >= INTEGER_MIN && value <= INTEGER_MAX ? value : undefined

/** Half of a surrogate pair has no UTF-8: it becomes the replacement character. */
const wellFormed = (text: string): string => (/\p{Cs}/u.test(text) ? text.replace(/\p{Cs}/gu, '\ufffd') : text)

const textOf = (value: unknown): string =>
  typeof value === 'object' ? wellFormed(JSON.stringify(value) ?? '') : String(value)

function fail({ name }: Table, says: string): never {
  throw new RuleError('warehouse', `table '${name}': ${says}; nothing was written`, {
    hint: '`types` of the processor says what a column is to be; `partsPostprocess` of the rule can make other values.',
  })
}
