import { RuleError } from '../../core/errors.js'
import type { Parts } from '../rule.js'
import type { Duck } from './duck.js'
import { plainValue } from './plain-value.js'
import { forJavaScript, literal, literalPath, quoted } from './sql-text.js'

/**
 * Records of a Parquet file, in its order, in batches: numbers (whole ones beyond 2^53, and decimals that no number holds, as text), text,
 * booleans, null; dates and times as ISO text, lists and structs as lists and objects, bytes as Base64; columns of JSON as what they hold.
 *
 * @throws RuleError `input`: it is not there, or no Parquet file.
 */
export async function* parquetRows(duck: Duck, file: string): AsyncGenerator<Parts[], void, undefined> {
  const columns = await columnsOf(duck, file)
  const selected = columns.map(({ name, type }) =>
    type === 'VARCHAR' || type === 'JSON' ? forJavaScript(`${quoted(name)}::VARCHAR`) : quoted(name),
  )
  for await (const rows of duck.stream(`SELECT ${selected.join(', ')} FROM read_parquet(${literalPath(file)})`)) {
    yield rows.map((row) =>
      Object.fromEntries(
        columns.map(({ name, type }, at) => [name, type === 'JSON' ? ofJson(row[at]) : plainValue(row[at])]),
      ),
    )
  }
}

interface Column {
  readonly name: string
  readonly type: string
}

async function columnsOf(duck: Duck, file: string): Promise<readonly Column[]> {
  try {
    const rows = await duck.all(`DESCRIBE SELECT * FROM read_parquet(${literalPath(file)})`)
    return rows.map(([name, type]) => ({ name: String(name), type: String(type) }))
  } catch (cause) {
    throw new RuleError(
      'input',
      `${literal(file)} cannot be read as Parquet: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

const ofJson = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : null)
