import type { SpillFile } from '../map-output.js'
import type { Aggregate, Keyset } from '../rule.js'
import { fractionsOf, isFixed, wholesIn } from './fixed-sum.js'
import { csvTable } from './sql-text.js'

/** A column of a spill, and what it is to its group. */
interface SpillColumn {
  readonly name: string
  readonly type: 'VARCHAR' | 'HUGEINT' | 'BIGINT' | 'DOUBLE' | 'DOUBLE[]'
  readonly role: 'key' | 'whole' | 'doubles' | 'count' | 'min' | 'max'
}

/** Spills of one kind, and what is known of them. */
interface Spills {
  readonly files: readonly string[]
  /** The size of the largest. */
  readonly bytes: number
  /** `small`: whole numbers below 2^53; `whole`: others too; `any`: some list of doubles may be there. */
  readonly sums: 'small' | 'whole' | 'any'
}

/** Aggregates whose groups add up; the others need every value. */
const ADDING: Readonly<Partial<Record<Aggregate['kind'], readonly Omit<SpillColumn, 'name'>[]>>> = {
  sum: [
    { type: 'HUGEINT', role: 'whole' },
    { type: 'DOUBLE[]', role: 'doubles' },
  ],
  avg: [
    { type: 'HUGEINT', role: 'whole' },
    { type: 'DOUBLE[]', role: 'doubles' },
    { type: 'BIGINT', role: 'count' },
  ],
  count: [{ type: 'BIGINT', role: 'count' }],
  min: [{ type: 'DOUBLE', role: 'min' }],
  max: [{ type: 'DOUBLE', role: 'max' }],
}

const LETTERS = { key: 'k', whole: 'i', doubles: 'f', count: 'n', min: 'm', max: 'm' } as const

/** The columns of the key parts: `k0`, `k1` … */
export const keyColumns = (keyset: Keyset): readonly string[] => keyset.keyParts.map((_, at) => `k${at}`)

/** The columns of a spill in its order. Those of aggregates are numbered by the place of the aggregate: `i0`, `f0`, `n1`, `m2` … */
function spillColumns(kind: SpillFile['kind'], keyset: Keyset | null): readonly SpillColumn[] {
  const keys =
    keyset === null ? [] : keyColumns(keyset).map((name) => ({ name, type: 'VARCHAR', role: 'key' }) as const)
  if (kind === 'groups' && keyset !== null) return [...keys, ...keyset.values.flatMap(addingColumns)]
  if (kind === 'values') {
    const aggregate = { name: 'a', type: 'BIGINT', role: 'key' } as const
    const value = [
      { name: 't', type: 'VARCHAR', role: 'key' },
      { name: 'd', type: 'DOUBLE', role: 'key' },
      { name: 'n', type: 'BIGINT', role: 'count' },
    ] as const
    return [aggregate, ...keys, ...value]
  }
  return ['k', 'v'].map((name) => ({ name, type: 'VARCHAR', role: 'key' }))
}

const addingColumns = (aggregate: Aggregate, at: number): SpillColumn[] =>
  (ADDING[aggregate.kind] ?? []).map((column) => ({ ...column, name: `${LETTERS[column.role]}${at}` }))

/**
 * A query of what spills hold. Only values are brought together, each once: groups come as often as a task spilled them, which is seldom
 * more than once or twice, and the reduce task groups what comes of all tasks anyway (10 M different keys: a fifth of all processor time
 * went into grouping them here too).
 */
export function spillQuery(kind: SpillFile['kind'], keyset: Keyset | null, { sums, ...spills }: Spills): string {
  const hasDoubles = sums === 'any'
  const from = spillTable(kind, keyset, { sums, ...spills })
  const columns = spillColumns(kind, keyset)
  if (kind === 'pairs') return `SELECT k, v FROM ${from}`
  if (kind === 'groups') {
    const fixed = hasDoubles ? summed(keyset).map((at) => `${isFixed(`f${at}`)} AS b${at}`) : []
    const source = fixed.length === 0 ? from : `(SELECT *, ${fixed.join(', ')} FROM ${from})`
    return `SELECT ${columns.flatMap((column) => kept(column, sums)).join(', ')} FROM ${source}`
  }
  const keys = columns.filter(({ role }) => role === 'key').map(({ name }) => name)
  return `SELECT ${keys.join(', ')}, sum(n)::BIGINT AS n FROM ${from} GROUP BY ${keys.join(', ')}`
}

/**
 * A column of a group as Parquet has it. A whole sum beyond 64 bits, which is kept as a decimal only, is a column `h` beside `i`; doubles
 * that are fixed are whole parts of `i` and fractions in `x`, and only others stay in `f`.
 */
function kept({ name, role }: SpillColumn, sums: Spills['sums']): readonly string[] {
  const at = name.slice(1)
  const hasDoubles = sums === 'any'
  if (role === 'doubles' && !hasDoubles) return [`NULL::DECIMAL(38, 0) AS x${at}`, `NULL::DOUBLE[] AS ${name}`]
  if (role === 'doubles') {
    const fractions = `nullif(${fractionsOf(name)}, 0)::DECIMAL(38, 0)`
    return [`CASE WHEN b${at} THEN ${fractions} END AS x${at}`, `CASE WHEN NOT b${at} THEN ${name} END AS ${name}`]
  }
  if (role !== 'whole') return [name]
  if (sums === 'small') return [name, `NULL::DECIMAL(38, 0) AS h${at}`]
  const whole = hasDoubles
    ? `(coalesce(${name}, 0) + CASE WHEN b${at} THEN coalesce(${wholesIn(`f${at}`)}, 0) ELSE 0 END)`
    : name
  const small = `TRY_CAST(${whole} AS BIGINT)`
  const large = `CASE WHEN ${small} IS NULL THEN ${whole}::DECIMAL(38, 0) END`
  return [`${small} AS ${name}`, `${large} AS h${at}`]
}

function spillTable(kind: SpillFile['kind'], keyset: Keyset | null, { files, bytes, sums }: Spills): string {
  const types = spillColumns(kind, keyset).map(
    ({ name, type, role }) => [name, role === 'whole' && sums === 'small' ? 'BIGINT' : type] as const,
  )
  // A key part has 1 MiB at most, and twice that with every byte a quote.
  return csvTable(types, files, { bytes, recordBytes: (types.length + 1) * 2 * 1024 * 1024 })
}

/** The columns that make the key of a spill's rows. */
export const keysOf = (keyset: Keyset | null): readonly string[] => (keyset === null ? ['k'] : keyColumns(keyset))

/** The columns of whole sums in a Parquet file of groups, those beyond 64 bits too. */
export const wholesOf = (keyset: Keyset | null): readonly string[] =>
  summed(keyset).flatMap((at) => [`i${at}`, `h${at}`])

/** The columns of fractions in a file of groups. */
export const fractionColumns = (keyset: Keyset | null): readonly string[] => summed(keyset).map((at) => `x${at}`)

/** The columns of lists of doubles in a file of groups. */
export const doubleColumns = (keyset: Keyset | null): readonly string[] => summed(keyset).map((at) => `f${at}`)

const summed = (keyset: Keyset | null): readonly number[] =>
  (keyset?.values ?? []).flatMap(({ kind }, at) => (kind === 'sum' || kind === 'avg' ? [at] : []))
