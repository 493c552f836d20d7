import type { Sweep, Swept } from '../job-store.js'
import { makeDue, type NamedQueue, returnEnded } from './due.js'
import type { Link } from './link.js'
import type { Sql, Statement } from './sql.js'

/** Rows of the tally that one sweep folds; as many as busy writers add between two sweeps, many times over. */
const FOLD_MAX = 20_000

interface Counts {
  readonly done: number
  readonly unwell: number
  readonly now_ms: number
}

/** What retention does not keep of one kind: how many are too many, and when those ended that are too old; null: none is. */
interface Old {
  readonly surplus: number
  readonly endedBy: number | null
}

const NOTHING: Swept = { returned: [], dueCount: 0, droppedCount: 0, hasMore: false }

/**
 * Does for one queue what time has brought. Its parts are transactions of their own: each is complete by itself, and what
 * one leaves the next sweep does.
 */
export async function sweepQueue(
  link: Link,
  sql: Sql,
  { sweep, queueId }: { readonly sweep: Sweep; readonly queueId: number | undefined },
): Promise<Swept> {
  await link.rows(sql.dropGoneRecords)
  if (queueId === undefined) return NOTHING
  const queue: NamedQueue = { name: sweep.queue, id: queueId }
  const { countMax, keep } = sweep
  const returned = await returnEnded(link, sql, queue, countMax)
  const [dueCount] = await Promise.all([
    makeDue(link, sql, queueId, countMax),
    link.rows(sql.foldTally, [queueId, FOLD_MAX]),
    link.rows(sql.dropRate, [queueId]),
  ])
  const [counts] = await link.rows<Counts>(sql.counts, [queueId])
  const { done, unwell, now_ms: nowMs } = counts ?? { done: 0, unwell: 0, now_ms: 0 }
  const oldDone = { surplus: done - keep.doneMax, endedBy: endedBy(nowMs, keep.doneMs) }
  const oldUnwell = { surplus: unwell - keep.errorMax, endedBy: endedBy(nowMs, keep.errorMs) }
  const doneDropped = await dropOld(link, sql.dropDone, { ...oldDone, queueId, countMax })
  const unwellDropped = await dropOld(link, sql.dropUnwell, { ...oldUnwell, queueId, countMax: countMax - doneDropped })
  const [row] = await link.rows<{ is_due: boolean }>(sql.hasDue, [queueId, oldDone.endedBy, oldUnwell.endedBy])
  const hasSurplus = doneDropped < oldDone.surplus || unwellDropped < oldUnwell.surplus
  const hasMore = row?.is_due === true || hasSurplus
  return { returned, dueCount, droppedCount: doneDropped + unwellDropped, hasMore }
}

const endedBy = (nowMs: number, keepMs = Number.POSITIVE_INFINITY): number | null =>
  keepMs === Number.POSITIVE_INFINITY ? null : nowMs - keepMs

/** Drops what is too many, and then what is too old and still there, at most `countMax` together. */
async function dropOld(
  link: Link,
  statement: Statement,
  { queueId, surplus, endedBy, countMax }: Old & { readonly queueId: number; readonly countMax: number },
): Promise<number> {
  const drop = async (count: number, by: number): Promise<number> => {
    if (count <= 0) return 0
    const [row] = await link.rows<{ count: number }>(statement, [queueId, count, by])
    return row?.count ?? 0
  }
  const dropped = await drop(Math.min(surplus, countMax), Number.MAX_SAFE_INTEGER)
  return endedBy === null ? dropped : dropped + (await drop(countMax - dropped, endedBy))
}
