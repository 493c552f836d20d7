import type { ResultFile } from '../result-file.js'
import type { KeysetRows, ResultColumn } from '../rule.js'
import type { Duck } from './duck.js'
import { forJavaScript, literalPath, quoted } from './sql-text.js'

/** The rows of a result, read in batches of some thousand; nothing is read before the first is asked for. Lists and objects are JSON text. */
export function openResult(result: ResultFile, duck: Duck): KeysetRows {
  return {
    ...result,
    async *batches() {
      for await (const rows of resultRows(duck, result)) yield rows.map((row) => row.map(flat))
    },
  }
}

/** The rows of a result, with lists and objects as they are; the first `limit` unless that is null. */
export async function* resultRows(
  duck: Duck,
  { file, columns }: Pick<ResultFile, 'file' | 'columns'>,
  limit: number | null = null,
): AsyncGenerator<readonly (readonly unknown[])[], void, undefined> {
  const selected = columns.map(({ name, type }) => {
    if (type === 'text') return forJavaScript(quoted(name))
    return type === 'any' ? forJavaScript(`${quoted(name)}::VARCHAR`) : quoted(name)
  })
  const readers = columns.map(({ type }) => READERS[type])
  const sql = `SELECT ${selected.join(', ')} FROM read_parquet(${literalPath(file)})${limit === null ? '' : ` LIMIT ${limit}`}`
  for await (const rows of duck.stream(sql)) {
    yield rows.map((row) => row.map((value, at) => (value === null ? null : (readers[at]?.(value) ?? value))))
  }
}

const READERS: Readonly<Record<ResultColumn['type'], (value: unknown) => unknown>> = {
  text: (value) => value,
  number: (value) => value,
  integer: wholeNumber,
  any: (text) => fromJson(String(text)),
}

/** A whole number as DuckDB's driver gives it: bigint, or a decimal without places; bigint stays only what no number holds. */
export function wholeNumber(value: unknown): number | bigint {
  const big = typeof value === 'bigint' ? value : BigInt(String(value))
  return Number.isSafeInteger(Number(big)) ? Number(big) : big
}

/** Digits alone may be more than a number holds. */
const fromJson = (json: string): unknown => (/^-?\d+$/.test(json) ? wholeNumber(BigInt(json)) : JSON.parse(json))

const flat = (value: unknown): unknown => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value)
