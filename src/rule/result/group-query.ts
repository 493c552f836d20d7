import type { Aggregate, Keyset } from '../rule.js'
import type { MapFile, ReduceTask } from './reduce-task.js'
import { keyColumns } from './spill-columns.js'
import { asDouble, fileList } from './sql-text.js'
import { valueQuery } from './value-queries.js'

/** The greatest magnitude that a whole sum of 64 bits has; below it by so much that doubles may tell it. */
const SMALL_MAX = 2 ** 62

/** How the groups of one keyset and one partition come out of the files of the map tasks. */
export interface GroupQuery {
  /**
   * Keys `k0` … and for the aggregate of each place a column `v0` …; but for a sum two, `w0` its whole value (BIGINT, or HUGEINT unless
   * `isSmall`), else null, and `d0` its double when it is not whole. Each key once, in no order.
   */
  readonly sql: string
  /** All sums are whole: `d0` … are null. */
  readonly isWhole: boolean
  /** Whole sums have 64 bits. */
  readonly isSmall: boolean
}

/** Groups the files of one keyset. */
export function groupQuery(
  keyset: Keyset,
  { files, partition }: Pick<ReduceTask, 'files' | 'partition'>,
  partitions: number,
): GroupQuery {
  const own = files.filter((file) => file.keyset === keyset.name && file.rows > 0)
  const groups = own.filter(({ kind }) => kind === 'groups')
  const values = own.filter(({ kind }) => kind === 'values')
  const isSmall = groups.reduce((sum, { rows, wholeMax }) => sum + rows * wholeMax, 0) < SMALL_MAX
  const isWhole = !groups.some(({ hasDoubles }) => hasDoubles)
  const keys = keyColumns(keyset)
  const from = (kind: readonly MapFile[]): string => {
    const paths = fileList(kind.map(({ file }) => file))
    return `(FROM read_parquet(${paths})${partitions > 1 ? ` WHERE p = ${partition}` : ''})`
  }
  if (groups.length === 0) return { sql: emptyQuery(keyset), isWhole, isSmall }
  const traits = { isWhole, isSmall }
  const columns = keyset.values.flatMap((aggregate, at) => columnsOf(aggregate, at, traits))
  const grouped = `SELECT ${[...keys, ...columns].join(', ')} FROM ${from(groups)} GROUP BY ${keys.join(', ')}`
  const source = { from: from(values), keys, isDistinct: values.length === 1 }
  return { sql: joined(keyset, grouped, values.length === 0 ? null : source), isWhole, isSmall }
}

interface Traits {
  readonly isWhole: boolean
  readonly isSmall: boolean
}

/** The columns of an aggregate that adds up; none for the others. */
function columnsOf({ kind }: Aggregate, at: number, traits: Traits): string[] {
  const { isWhole, isSmall } = traits
  const summed = (column: string, type: string) => `coalesce(sum(${column}), 0)::${type}`
  const whole = isSmall
    ? summed(`i${at}`, 'BIGINT')
    : `(${summed(`i${at}`, 'HUGEINT')} + ${summed(`h${at}`, 'HUGEINT')})`
  const doubles = `flatten(list(f${at}) FILTER (f${at} IS NOT NULL))`
  switch (kind) {
    case 'sum': {
      if (isWhole) return [`${whole} AS w${at}`, `NULL::DOUBLE AS d${at}`]
      const sum = `exact_whole(${whole}::HUGEINT, ${doubles})`
      return [
        `CASE WHEN ${doubles} IS NULL THEN ${whole}::HUGEINT ELSE ${sum} END AS w${at}`,
        `CASE WHEN ${doubles} IS NOT NULL AND ${sum} IS NULL THEN exact_number(${whole}::HUGEINT, ${doubles}) END AS d${at}`,
      ]
    }
    case 'avg': {
      const count = summed(`n${at}`, 'BIGINT')
      const ofWhole = isSmall ? `${whole}::DOUBLE` : asDouble(whole)
      const sum = isWhole
        ? ofWhole
        : `CASE WHEN ${doubles} IS NULL THEN ${ofWhole} ELSE exact_number(${whole}::HUGEINT, ${doubles}) END`
      return [`CASE WHEN ${count} > 0 THEN (${sum}) / ${count}::DOUBLE END AS v${at}`]
    }
    case 'count':
      return [`${summed(`n${at}`, 'BIGINT')} AS v${at}`]
    case 'min':
    case 'max':
      return [`${kind}(m${at}) AS v${at}`]
    default:
      return []
  }
}

/** With the aggregates that need every value. A key that has none counts none. */
function joined(
  keyset: Keyset,
  grouped: string,
  source: { from: string; keys: readonly string[]; isDistinct: boolean } | null,
): string {
  const columns: string[] = []
  const joins: string[] = []
  for (const [at, aggregate] of keyset.values.entries()) {
    const isCount = aggregate.kind === 'countDistinct' || aggregate.kind === 'countDistinctApproximate'
    if (!isCount && aggregate.kind !== 'quantile') continue
    const none = isCount ? '0::BIGINT' : 'NULL::DOUBLE'
    const query = source === null ? null : valueQuery(aggregate, at, source)
    columns.push(query === null ? `${none} AS v${at}` : `coalesce(x${at}.v, ${none}) AS v${at}`)
    if (query !== null && source !== null)
      joins.push(`LEFT JOIN (${query}) AS x${at} USING (${source.keys.join(', ')})`)
  }
  return columns.length === 0 ? grouped : `SELECT g.*, ${columns.join(', ')} FROM (${grouped}) AS g ${joins.join(' ')}`
}

/** No groups, but all columns. */
function emptyQuery(keyset: Keyset): string {
  const columns = keyset.values.flatMap(({ kind }, at) => {
    if (kind === 'sum') return [`NULL::BIGINT AS w${at}`, `NULL::DOUBLE AS d${at}`]
    return [`NULL::${kind === 'count' || kind.startsWith('countDistinct') ? 'BIGINT' : 'DOUBLE'} AS v${at}`]
  })
  return `SELECT ${[...keyColumns(keyset).map((key) => `NULL::VARCHAR AS ${key}`), ...columns].join(', ')} WHERE false`
}
