import type { RunCounters } from '../counters.js'
import type { Engine, EngineVerdict, MapPath } from './group-plan.js'

/** How the records of one rule of a run were taken, over all its map tasks. */
export interface EngineAccount {
  /** Place of the rule below the run's, such as `per_day/per_hour`; empty: the run's own. */
  readonly source: string
  /** What was planned; `rows` when no task went by groups. */
  readonly engine: Engine
  /** For people. */
  readonly reason: string
  readonly tasks: number
  /** Tasks that were planned by groups and went by rows all the same, and why the first of them did; null: there were none. */
  readonly fallback: { readonly tasks: number; readonly reason: string } | null
  /** Records that were counted by groups. */
  readonly rows: number
  /** Of all scans in all tasks: a call of the rule's functions for each, but for those that are left out as another was that was alike to them. */
  readonly groups: number
  /** Records that went by rows, in whatever task; absent: of an older version. */
  readonly singles?: number
}

/** How one task went, and how many records it read. */
export interface TaskAccount {
  /** Undefined: of an older version. */
  readonly path?: MapPath | undefined
  readonly counters: Pick<RunCounters, 'rowsRead'>
}

/** What a plan says that was kept by a version that knew rows alone. */
const OLD: Pick<EngineVerdict, 'engine' | 'reason'> = { engine: 'rows', reason: 'it was planned by an older version' }

/**
 * Adds up how the map tasks of a rule went.
 *
 * @param verdict That of its plan; undefined: of an older version.
 */
export function accountOf(
  source: string,
  verdict: EngineVerdict | undefined,
  tasks: readonly TaskAccount[],
): EngineAccount {
  const paths = tasks.map(({ path }) => path)
  const { engine: planned, reason } = verdict ?? OLD
  const byRows = paths.filter((path) => path?.engine !== 'groups')
  const isFallback = planned === 'groups' && byRows.length > 0
  const why = byRows[0]?.reason ?? OLD.reason
  const isAll = isFallback && byRows.length === paths.length
  const rows = paths.reduce((sum, path) => sum + (path?.rows ?? 0), 0)
  return {
    source,
    engine: isAll ? 'rows' : planned,
    reason: isAll ? why : reason,
    tasks: paths.length,
    fallback: isFallback ? { tasks: byRows.length, reason: why } : null,
    rows,
    groups: paths.reduce((sum, path) => sum + (path?.groups ?? 0), 0),
    singles: tasks.reduce((sum, { counters }) => sum + counters.rowsRead, 0) - rows,
  }
}
