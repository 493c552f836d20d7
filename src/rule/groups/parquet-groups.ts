import type { Duck } from '../result/duck.js'
import { type ParquetColumn, parquetColumns, parquetCount, recordSql, recordValue } from '../result/parquet-columns.js'
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

/** Groups records of Parquet files: DuckDB reads the columns of a scan alone and groups by their values. */
export class ParquetScanner {
  readonly #duck: () => Promise<Duck>

  /** @param duck Opens it when it is needed; nothing else works with it meanwhile. */
  constructor(duck: () => Promise<Duck>) {
    this.#duck = duck
  }

  /** Records of a file, as its end says. @throws RuleError `input`: it is not there, or no Parquet file. */
  async countOf(file: string): Promise<number> {
    return parquetCount(await this.#duck(), file)
  }

  /**
   * Looks at the columns of a file; one that it lacks is missing in each group.
   *
   * @returns Null when their types are none that DuckDB groups and adds up as the row path would.
   * @throws RuleError `input`: it is not there, or no Parquet file.
   */
  async open(file: string, { fields, values }: GroupScan): Promise<ParquetScan | null> {
    if (fields === null) return null
    const duck = await this.#duck()
    const columns = new Map((await parquetColumns(duck, file)).map((column) => [column.name, column]))
    const keys = fields.map((field, at) => keyOf(columns.get(field), `k${at}`))
    const sums = values.map((value, at) => parquetSum(value, columns.get(value.part), at))
    if (!keys.every((key) => key !== null) || !sums.every((sum) => sum !== null)) return null
    return new ParquetScan(duck, file, { keys, sums })
  }
}

/** What a scan found. */
export interface ParquetCounts {
  readonly rows: number
  readonly groups: number
  /** Values that are listed in the groups, since DuckDB does not add them up. */
  readonly others: number
}

/** One scan of one Parquet file. */
export class ParquetScan {
  readonly #duck: Duck
  readonly #file: string
  readonly #query: GroupQuery

  constructor(duck: Duck, file: string, query: GroupQuery) {
    this.#duck = duck
    this.#file = file
    this.#query = query
  }

  /** Reads the file and groups its records. @throws RuleError `fault`: there is no room for the groups, or it was interrupted. */
  async run(): Promise<ParquetCounts> {
    await this.#duck.run(`CREATE OR REPLACE TABLE ${TABLE} AS ${groupedBy(this.#file, this.#query)}`)
    const counts = ['sum(n)', 'count(*)', ...listsOf(this.#query.sums).map((list) => `sum(len(${list}))`)]
    const [row = []] = await this.#duck.all(`SELECT ${counts.join(', ')} FROM ${TABLE}`)
    const [rows = 0, groups = 0, ...others] = row.map(Number)
    return { rows, groups, others: others.reduce((sum, count) => sum + count, 0) }
  }

  /**
   * The groups of a scan that has run, in batches and in no order; what functions see is made once for each, as `parquetRows` makes it. Two may
   * be the same to them, such as one of JSON that is null and one of none.
   */
  async *groups(): AsyncGenerator<readonly ScannedGroup[], void, undefined> {
    const { keys, sums } = this.#query
    const selected = ['n', ...keys.flatMap((key) => key.selected), ...aggregatesOf(sums).map(([, name]) => name)]
    for await (const rows of this.#duck.stream(`SELECT ${selected.join(', ')} FROM ${TABLE}`)) {
      yield rows.map((row) => groupOf(row, this.#query))
    }
  }

  /** Lets go of the groups. */
  async close(): Promise<void> {
    await this.#duck.run(`DROP TABLE IF EXISTS ${TABLE}`)
  }
}

/** Groups of the scan at work. */
const TABLE = 'scanned_groups'

/** A field of the scan in the query; the lists are empty where the file lacks it. */
interface Key {
  readonly column: readonly string[]
  readonly by: readonly string[]
  readonly name: readonly string[]
  readonly selected: readonly string[]
  valueOf(value: unknown): unknown
}

function keyOf(column: ParquetColumn | undefined, name: string): Key | null {
  if (column === undefined) return { column: [], by: [], name: [], selected: [], valueOf: () => undefined }
  const { type } = column
  if (!GROUPED.test(type)) return null
  return {
    column: [`${quoted(column.name)} AS ${name}`],
    // 0 and -0 are equal, and functions may tell them apart.
    by: FLOATS.has(type) ? [name, `signbit(${name})`] : [name],
    name: [name],
    selected: [recordSql(type, name)],
    valueOf: (value) => recordValue(type, value),
  }
}

interface GroupQuery {
  readonly keys: readonly Key[]
  readonly sums: readonly ParquetSum[]
}

function groupedBy(file: string, { keys, sums }: GroupQuery): string {
  const columns = [...keys.flatMap(({ column }) => column), ...sums.flatMap(({ column }) => column)]
  const steps = [0, 1, 2].map((step) => sums.flatMap((sum) => sum.steps[step] ?? [])).filter(({ length }) => length > 0)
  const from = steps.reduce(
    (sql, added) => `SELECT *, ${added.join(', ')} FROM (${sql})`,
    `SELECT ${columns.length === 0 ? '0' : columns.join(', ')} FROM read_parquet(${literalPath(file)})`,
  )
  const by = keys.flatMap((key) => key.by)
  const selected = [
    'count(*) AS n',
    ...keys.flatMap(({ name }) => name),
    ...aggregatesOf(sums).map(([sql, name]) => `${sql} AS ${name}`),
  ]
  // Without keys there is one group even of an empty file.
  const grouped = by.length === 0 ? ' HAVING n > 0' : ` GROUP BY ${by.join(', ')}`
  return `SELECT ${selected.join(', ')} FROM (${from})${grouped}`
}

const aggregatesOf = (sums: readonly ParquetSum[]) =>
  sums.flatMap(({ aggregates, others }, at) => [
    ...aggregates.map((sql, place) => [sql, `a${at}_${place}`] as const),
    ...others.map((sql) => [sql, listName(at)] as const),
  ])

const listsOf = (sums: readonly ParquetSum[]): readonly string[] =>
  sums.flatMap(({ others }, at) => others.map(() => listName(at)))

const listName = (at: number): string => `others${at}`

function groupOf([count, ...row]: readonly unknown[], { keys, sums }: GroupQuery): ScannedGroup {
  let at = 0
  const next = (length: number): readonly unknown[] => {
    at += length
    return row.slice(at - length, at)
  }
  const fields = keys.map((key) => key.valueOf(next(key.selected.length)[0]))
  return {
    fields,
    count: Number(count),
    values: sums.map((sum) => sum.valueOf(next(sum.aggregates.length + sum.others.length))),
  }
}
