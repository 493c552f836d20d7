import { rm } from 'node:fs/promises'
import { messageOf, RuleError } from '../../core/errors.js'
import type { RuleDefinition } from '../rule.js'
import { CsvFile } from './csv-file.js'
import type { Duck } from './duck.js'
import { copyParquet, type ParquetStats } from './parquet-copy.js'
import { csvTable, forJavaScript, literalPath } from './sql-text.js'

/** A query, and the columns that make the key of its rows. */
interface Keyed {
  readonly query: string
  readonly keys: readonly string[]
}

/** Writes what a query gives as Parquet; with a column `p`, the partition of the key, and sorted by it, when the rule has more than one. */
export async function copyPartitioned(
  duck: Duck,
  rule: RuleDefinition,
  keyed: Keyed,
  file: string,
): Promise<ParquetStats> {
  if (rule.partitions === 1) return copyParquet(duck, keyed.query, file)
  const { partition } = rule.options
  if (partition !== undefined) return copyByFunction(duck, rule, keyed, file)
  const query = `SELECT *, ${hashed(keyed.keys)} % ${rule.partitions} AS p FROM (${keyed.query}) ORDER BY p`
  return copyParquet(duck, query, file)
}

/** A hash that is the same on every machine and in every version, which DuckDB's own `hash` need not be. */
const hashed = (keys: readonly string[]): string =>
  `('0x' || substr(md5(${keys.join(' || chr(0) || ')}), 1, 7))::INTEGER`

async function copyByFunction(
  duck: Duck,
  rule: RuleDefinition,
  { query, keys }: Keyed,
  file: string,
): Promise<ParquetStats> {
  const unsorted = `${file}.unsorted`
  const partitions = new CsvFile(`${file}.partitions`)
  try {
    await copyParquet(duck, query, unsorted)
    const all = `read_parquet(${literalPath(unsorted)})`
    for await (const rows of duck.stream(`SELECT DISTINCT ${keys.map(forJavaScript).join(', ')} FROM ${all}`)) {
      for (const row of rows as readonly (readonly string[])[]) partitions.add([...row, partitionOf(rule, row)])
    }
    const types = [...keys.map((key) => [key, 'VARCHAR'] as const), ['p', 'INTEGER'] as const]
    const table = csvTable(types, [partitions.path], { bytes: partitions.close() })
    return await copyParquet(duck, `SELECT * FROM ${all} JOIN ${table} USING (${keys.join(', ')}) ORDER BY p`, file)
  } finally {
    await Promise.all([unsorted, partitions.path].map((path) => rm(path, { force: true })))
  }
}

function partitionOf({ name, partitions, options, keysets }: RuleDefinition, key: readonly string[]): number {
  let place: unknown
  const what = `rule '${name}': its partition function`
  try {
    // A rule with `map` has one key of any kind, as JSON.
    place = options.partition?.(keysets.length === 0 ? (key[0] ?? '') : key, partitions)
  } catch (cause) {
    throw new RuleError('function', `${what} threw: ${messageOf(cause)}`, {
      cause,
    })
  }
  if (Number.isInteger(place) && Number(place) >= 0 && Number(place) < partitions) return Number(place)
  throw new RuleError(
    'function',
    `${what} gave ${String(place)} for ${JSON.stringify(key)}: no whole number from 0 to ${partitions - 1}`,
  )
}
