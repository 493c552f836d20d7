import { messageOf, RuleError } from '../../core/errors.js'
import type { Duck, DuckRows } from './duck.js'
import { plainValue } from './plain-value.js'
import { forJavaScript, literal, literalPath } from './sql-text.js'

/** A column of a Parquet file. */
export interface ParquetColumn {
  readonly name: string
  /** As DuckDB names it, such as `DECIMAL(18,2)`. */
  readonly type: string
}

/** @throws RuleError `input`: it is not there, or no Parquet file. */
export async function parquetColumns(duck: Duck, file: string): Promise<readonly ParquetColumn[]> {
  const rows = await ofParquet(duck, file, `DESCRIBE SELECT * FROM read_parquet(${literalPath(file)})`)
  return rows.map(([name, type]) => ({ name: String(name), type: String(type) }))
}

/** Records of a file, as its end says. @throws RuleError `input`: it is not there, or no Parquet file. */
export async function parquetCount(duck: Duck, file: string): Promise<number> {
  const [row] = await ofParquet(duck, file, `SELECT sum(num_rows) FROM parquet_file_metadata(${literalPath(file)})`)
  return Number(row?.[0] ?? 0)
}

async function ofParquet(duck: Duck, file: string, sql: string): Promise<DuckRows> {
  try {
    return await duck.all(sql)
  } catch (cause) {
    throw new RuleError('input', `${literal(file)} cannot be read as Parquet: ${messageOf(cause)}`, { cause })
  }
}

/** What to select of a column of a type, so that `recordValue` makes of it what a record has. */
export const recordSql = (type: string, sql: string): string =>
  type === 'VARCHAR' || type === 'JSON' ? forJavaScript(`${sql}::VARCHAR`) : sql

/** A value of a column of a type as a record has it: see `parquetRows`. */
export const recordValue = (type: string, value: unknown): unknown =>
  type === 'JSON' ? ofJson(value) : plainValue(value)

const ofJson = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : null)
