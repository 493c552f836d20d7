import type { Aggregate, Keyset } from '../rule.js'
import { nearestDouble, restPart, wholePart } from './fixed-sum.js'
import type { MapFile, ReduceTask } from './reduce-task.js'
import { keyColumns, spillQuery } from './spill-columns.js'
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
  /** It calls `exact_whole` and `exact_number`, which a Duck must learn. */
  readonly hasDoubles: boolean
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
  const hasDoubles = groups.some((file) => file.hasDoubles)
  const hasFractions = groups.some((file) => file.hasFractions)
  const isWhole = !hasDoubles && !hasFractions
  const traits = { isWhole, isSmall, hasDoubles }
  const keys = keyColumns(keyset)
  const from = (all: readonly MapFile[]): string => {
    const spills = all.filter(({ spillBytes }) => spillBytes !== undefined)
    const paths = all.filter(({ spillBytes }) => spillBytes === undefined).map(({ file }) => file)
    const parquet = `FROM read_parquet(${fileList(paths)})${partitions > 1 ? ` WHERE p = ${partition}` : ''}`
    const tables = [...(paths.length > 0 ? [parquet] : []), ...(spills.length > 0 ? [spillsOf(keyset, spills)] : [])]
    return `(${tables.join(' UNION ALL BY NAME ')})`
  }
  if (groups.length === 0) return { sql: emptyQuery(keyset), ...traits }
  const columns = keyset.values.flatMap((aggregate, at) => columnsOf(aggregate, at, { ...traits, hasFractions }))
  const grouped = `SELECT ${[...keys, ...columns].join(', ')} FROM ${from(groups)} GROUP BY ${keys.join(', ')}`
  const finished = isWhole ? grouped : finishedSums(keyset, grouped, hasDoubles)
  const source = { from: from(values), keys, isDistinct: values.length === 1 }
  return { sql: joined(keyset, finished, values.length === 0 ? null : source), ...traits }
}

/** Plain ones, of a rule with one partition. */
function spillsOf(keyset: Keyset, spills: readonly MapFile[]): string {
  const bytes = Math.max(...spills.map(({ spillBytes = 0 }) => spillBytes))
  return spillQuery('groups', keyset, { files: spills.map(({ file }) => file), bytes, sums: 'small' })
}

type Traits = Omit<GroupQuery, 'sql'> & { readonly hasFractions: boolean }

/** The columns of an aggregate that adds up; none for the others. Of sums that may not be whole, their parts: `finishedSums` takes them. */
function columnsOf({ kind }: Aggregate, at: number, { isWhole, isSmall, hasFractions, hasDoubles }: Traits): string[] {
  const summed = (column: string, type: string) => `coalesce(sum(${column}), 0)::${type}`
  const whole = isSmall
    ? summed(`i${at}`, 'BIGINT')
    : `(${summed(`i${at}`, 'HUGEINT')} + ${summed(`h${at}`, 'HUGEINT')})`
  const parts = [
    `${whole}::HUGEINT AS i${at}`,
    `${hasFractions ? summed(`x${at}`, 'HUGEINT') : '0::HUGEINT'} AS x${at}`,
    ...(hasDoubles ? [`flatten(list(f${at}) FILTER (f${at} IS NOT NULL)) AS f${at}`] : []),
  ]
  switch (kind) {
    case 'sum':
      return isWhole ? [`${whole} AS w${at}`, `NULL::DOUBLE AS d${at}`] : parts
    case 'avg': {
      const count = summed(`n${at}`, 'BIGINT')
      if (!isWhole) return [...parts, `${count} AS n${at}`]
      const sum = isSmall ? `${whole}::DOUBLE` : asDouble(whole)
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

/** Whole sums are kept below: a decimal of DuckDB has no more digits. */
const WHOLE_END = 10n ** 38n

/** Sums that may not be whole, and averages of such, of their parts. */
function finishedSums({ keyParts, values }: Keyset, grouped: string, hasDoubles: boolean): string {
  const sums = [...values.entries()].filter(([, { kind }]) => kind === 'sum' || kind === 'avg')
  const placed = sums.flatMap(([at]) => {
    const parts = { whole: `i${at}`, fractions: `x${at}` }
    return [`${wholePart(parts)} AS w${at}`, `${restPart(parts)} AS r${at}`]
  })
  const columns = values.flatMap(({ kind }, at) => {
    const call = (name: string): string => `${name}(i${at}, x${at}, f${at})`
    const either = (fixed: string, listed: string): string =>
      hasDoubles ? `CASE WHEN f${at} IS NULL THEN ${fixed} ELSE ${listed} END` : fixed
    const number = either(nearestDouble(`w${at}`, `r${at}`), call('exact_number'))
    if (kind === 'avg') return [`CASE WHEN n${at} > 0 THEN (${number}) / n${at}::DOUBLE END AS v${at}`]
    if (kind !== 'sum') return kind.startsWith('countDistinct') || kind === 'quantile' ? [] : [`v${at}`]
    const isWhole = either(
      `(r${at} = 0 AND w${at} > -${WHOLE_END} AND w${at} < ${WHOLE_END})`,
      `${call('exact_whole')} IS NOT NULL`,
    )
    return [
      `CASE WHEN ${isWhole} THEN ${either(`w${at}`, call('exact_whole'))} END AS w${at}`,
      `CASE WHEN NOT (${isWhole}) THEN ${number} END AS d${at}`,
    ]
  })
  const keys = keyParts.map((_, at) => `k${at}`)
  return `SELECT ${[...keys, ...columns].join(', ')} FROM (SELECT *, ${placed.join(', ')} FROM (${grouped}))`
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
