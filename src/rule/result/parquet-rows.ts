import type { Parts } from '../rule.js'
import type { Duck } from './duck.js'
import { parquetColumns, recordSql, recordValue } from './parquet-columns.js'
import { literalPath, quoted } from './sql-text.js'

/** Records of a batch at most: 2,048 with texts of 120 kB would be 245 MB. */
const BATCH_ROWS = 256

/**
 * Records of a Parquet file, in its order, in batches: numbers (whole ones beyond 2^53, and decimals that no number holds, as text), text,
 * booleans, null; dates and times as ISO text, lists and structs as lists and objects, bytes as Base64; columns of JSON as what they hold.
 *
 * @param rowsMax The first ones alone; all unless given.
 * @throws RuleError `input`: it is not there, or no Parquet file.
 */
export async function* parquetRows(
  duck: Duck,
  file: string,
  rowsMax?: number,
): AsyncGenerator<Parts[], void, undefined> {
  const columns = await parquetColumns(duck, file)
  const selected = columns.map(({ name, type }) => recordSql(type, quoted(name)))
  const limit = rowsMax === undefined ? '' : ` LIMIT ${rowsMax}`
  const sql = `SELECT ${selected.join(', ')} FROM read_parquet(${literalPath(file)})${limit}`
  for await (const rows of duck.stream(sql, undefined, BATCH_ROWS)) {
    yield rows.map((row) => Object.fromEntries(columns.map(({ name, type }, at) => [name, recordValue(type, row[at])])))
  }
}
