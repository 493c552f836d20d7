import type { ResultFile } from '../result-file.js'
import type { Duck } from './duck.js'
import { literal, literalPath, quoted } from './sql-text.js'

/**
 * Writes the rows of a result as CSV, without the header, without passing a value through JavaScript, which takes a fifth of the time: the same bytes.
 *
 * @returns False, and nothing is written, when the result holds numbers that DuckDB writes otherwise than JavaScript does.
 */
export async function copyCsv(duck: Duck, result: ResultFile, file: string): Promise<boolean> {
  const { columns } = result
  const source = `read_parquet(${literalPath(result.file)})`
  if (columns.some(({ type }) => type === 'any')) return false
  const numbers = columns.filter(({ type }) => type === 'number').map(({ name }) => quoted(name))
  if (numbers.length > 0) {
    const odd = numbers.map(
      (name) =>
        `coalesce(bool_or(NOT (abs(${name}) < 9007199254740992 AND (${name} = 0 OR abs(${name}) >= 0.0001))), false)`,
    )
    const [row] = await duck.all(`SELECT ${odd.join(' OR ')} FROM ${source}`)
    if (row?.[0] !== false) return false
  }
  const fields = columns.map(({ name, type }) => field(quoted(name), type))
  const line = fields.join(` || ',' || `)
  // Lines are made here, since the writer of DuckDB quotes more than needed (`#`); its own quotes are switched off.
  await duck.run(`COPY (SELECT ${line} FROM ${source})
    TO ${literal(file)} (FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '')`)
  return true
}

function field(name: string, type: string): string {
  if (type === 'integer') return `coalesce(${name}::VARCHAR, '')`
  if (type === 'number')
    return `coalesce(CASE WHEN ${name} = trunc(${name}) THEN ${name}::BIGINT::VARCHAR ELSE ${name}::VARCHAR END, '')`
  const isOdd = `${name} = '' OR contains(${name}, '"') OR contains(${name}, ',') OR contains(${name}, chr(10)) OR contains(${name}, chr(13))`
  return `coalesce(CASE WHEN ${isOdd} THEN '"' || replace(${name}, '"', '""') || '"' ELSE ${name} END, '')`
}
