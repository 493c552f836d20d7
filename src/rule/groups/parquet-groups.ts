import type { Duck } from '../result/duck.js'
import { type ParquetColumn, parquetColumns, recordSql, recordValue } from '../result/parquet-columns.js'
import { literalPath, quoted } from '../result/sql-text.js'
import type { GroupScan } from './group-plan.js'
import { type ParquetSum, parquetSum } from './parquet-sum.js'
import type { ScannedGroup } from './scanned.js'

/**
 * Types whose values make the same of a record when DuckDB takes them as equal; doubles have their sign besides. Not among them: what is
 * nested, intervals (a month is 30 days), times with zones.
 */
const GROUPED =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(.*\)|FLOAT|DOUBLE|VARCHAR|JSON|BLOB|UUID|DATE|TIME|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?)$/

const FLOATS: ReadonlySet<string> = new Set(['FLOAT', 'DOUBLE'])

/**
 * Groups of the records of a Parquet file: DuckDB reads the columns of the scan alone and groups by their values, and what functions see is
 * made once for each group, as `parquetRows` makes it. A column that the file lacks is missing in each group.
 *
 * @returns In batches, in no order; null when its types are none that DuckDB groups and adds up as the row path would.
 * @throws RuleError `input`: it is not there, or no Parquet file.
 */
export async function parquetGroups(
  duck: Duck,
  file: string,
  { fields, values }: GroupScan,
): Promise<AsyncIterable<readonly ScannedGroup[]> | null> {
  if (fields === null) return null
  const columns = new Map((await parquetColumns(duck, file)).map((column) => [column.name, column]))
  const keys = fields.map((field, at) => keyOf(columns.get(field), `k${at}`))
  const sums = values.map((value, at) => parquetSum(value, columns.get(value.part), at))
  if (!keys.every((key) => key !== null) || !sums.every((sum) => sum !== null)) return null
  return groupsOf(duck, `read_parquet(${literalPath(file)})`, { keys, sums })
}

/** A field of the scan in the query. */
interface Key {
  readonly column: readonly string[]
  readonly by: readonly string[]
  readonly selected: readonly string[]
  valueOf(value: unknown): unknown
}

function keyOf(column: ParquetColumn | undefined, name: string): Key | null {
  if (column === undefined) return { column: [], by: [], selected: [], valueOf: () => undefined }
  const { type } = column
  if (!GROUPED.test(type)) return null
  return {
    column: [`${quoted(column.name)} AS ${name}`],
    // 0 and -0 are equal, and functions may tell them apart.
    by: FLOATS.has(type) ? [name, `signbit(${name})`] : [name],
    selected: [recordSql(type, name)],
    valueOf: (value) => recordValue(type, value),
  }
}

interface GroupQuery {
  readonly keys: readonly Key[]
  readonly sums: readonly ParquetSum[]
}

async function* groupsOf(
  duck: Duck,
  table: string,
  { keys, sums }: GroupQuery,
): AsyncGenerator<readonly ScannedGroup[], void, undefined> {
  const columns = [...keys.flatMap(({ column }) => column), ...sums.flatMap(({ column }) => column)]
  const steps = [0, 1, 2].map((step) => sums.flatMap((sum) => sum.steps[step] ?? [])).filter(({ length }) => length > 0)
  const from = steps.reduce(
    (sql, added) => `SELECT *, ${added.join(', ')} FROM (${sql})`,
    `SELECT ${columns.length === 0 ? '0' : columns.join(', ')} FROM ${table}`,
  )
  const selected = ['count(*)', ...keys.flatMap((key) => key.selected), ...sums.flatMap((sum) => sum.selected)]
  const by = keys.flatMap((key) => key.by)
  const grouped = by.length === 0 ? '' : ` GROUP BY ${by.join(', ')}`
  for await (const rows of duck.stream(`SELECT ${selected.join(', ')} FROM (${from})${grouped}`)) {
    // Without keys there is one group even of an empty file.
    yield rows.filter(([count]) => count !== 0n).map((row) => groupOf(row, { keys, sums }))
  }
}

function groupOf([count, ...row]: readonly unknown[], { keys, sums }: GroupQuery): ScannedGroup {
  let at = 0
  const next = (length: number): readonly unknown[] => {
    at += length
    return row.slice(at - length, at)
  }
  const fields = keys.map((key) => key.valueOf(next(key.selected.length)[0]))
  return { fields, count: Number(count), values: sums.map((sum) => sum.valueOf(next(sum.selected.length))) }
}
