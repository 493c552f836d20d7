import type { Sweep, Swept } from '../job-store.js'
import { makeDue, type NamedQueue, returnEnded } from './due.js'
import type { Link } from './link.js'
import type { Sql } from './sql.js'

/** Rows of the tally that one sweep folds; as many as busy writers add between two sweeps, many times over. */
const FOLD_MAX = 20_000

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
  const [counts] = await link.rows<{ done: number; unwell: number }>(sql.counts, [queueId])
  const surplus = {
    done: Math.max(0, (counts?.done ?? 0) - keep.doneMax),
    unwell: Math.max(0, (counts?.unwell ?? 0) - keep.errorMax),
  }
  const doneDropped = await drop(link, sql.dropDone, queueId, Math.min(surplus.done, countMax))
  const unwellDropped = await drop(link, sql.dropUnwell, queueId, Math.min(surplus.unwell, countMax - doneDropped))
  const droppedCount = doneDropped + unwellDropped
  const [row] = await link.rows<{ is_due: boolean }>(sql.hasDue, [queueId])
  const hasMore = row?.is_due === true || droppedCount < surplus.done + surplus.unwell
  return { returned, dueCount, droppedCount, hasMore }
}

async function drop(link: Link, statement: Sql[keyof Sql], queueId: number, count: number): Promise<number> {
  if (count <= 0) return 0
  const [row] = await link.rows<{ count: number }>(statement, [queueId, count])
  return row?.count ?? 0
}
