import type { Retention, Sweep } from '../job-store.js'
import { STATE_INDEX } from './states.js'
import type { Transaction } from './transaction.js'

type EndedState = 'done' | 'error' | 'cancelled'

/** Drops what a queue's retention does not keep, at most `countMax` jobs, those that ended first before others. */
export function dropHistory(
  transaction: Transaction,
  queueId: number,
  { keep, countMax }: Pick<Sweep, 'keep' | 'countMax'>,
): { readonly droppedCount: number; readonly hasMore: boolean } {
  const surplus = surplusOf(transaction, queueId, { keep, countMax })
  const doneDropped = dropEnded(transaction, queueId, 'done', Math.min(surplus.done, countMax))
  const unwellDropped = dropUnwell(transaction, queueId, Math.min(surplus.unwell, countMax - doneDropped))
  const droppedCount = doneDropped + unwellDropped
  return { droppedCount, hasMore: droppedCount < surplus.done + surplus.unwell }
}

/** How many of the oldest have to go: there are too many, or they ended too long ago, which is counted only as far as needed. */
function surplusOf(
  transaction: Transaction,
  queueId: number,
  { keep, countMax }: Pick<Sweep, 'keep' | 'countMax'>,
): { readonly done: number; readonly unwell: number } {
  const { sql, nowMs } = transaction
  const { done, error, cancelled } = transaction.countsOf(queueId)
  const old = (state: EndedState, keepMs: Retention['doneMs'] = Number.POSITIVE_INFINITY): number =>
    keepMs === Number.POSITIVE_INFINITY
      ? 0
      : (sql.countOld.pluck().get(queueId, STATE_INDEX[state], nowMs - keepMs, countMax + 1) as number)
  return {
    done: Math.max(done - keep.doneMax, old('done', keep.doneMs)),
    unwell: Math.max(error + cancelled - keep.errorMax, old('error', keep.errorMs) + old('cancelled', keep.errorMs)),
  }
}

/** Drops the oldest `count` jobs of one ended state; none when `count` is 0 or less. */
function dropEnded(transaction: Transaction, queueId: number, state: EndedState, count: number): number {
  if (count <= 0) return 0
  transaction.keepIds()
  const ids = transaction.sql.dropEnded.pluck().all(queueId, STATE_INDEX[state], count) as number[]
  transaction.forgetAttempts(ids)
  transaction.move(queueId, state, null, ids.length)
  return ids.length
}

/** Drops the oldest `count` of what ended as error or cancelled, taken together. */
function dropUnwell(transaction: Transaction, queueId: number, count: number): number {
  if (count <= 0) return 0
  const oldestOf = (state: 'error' | 'cancelled') =>
    (transaction.sql.oldestEnded.all(queueId, STATE_INDEX[state], count) as EndedRow[]).map((row) => ({
      ...row,
      state,
    }))
  const oldest = [...oldestOf('error'), ...oldestOf('cancelled')].sort(byEnd).slice(0, count)
  const errorCount = oldest.filter(({ state }) => state === 'error').length
  return (
    dropEnded(transaction, queueId, 'error', errorCount) +
    dropEnded(transaction, queueId, 'cancelled', oldest.length - errorCount)
  )
}

interface EndedRow {
  readonly id: number
  readonly settled_ms: number
}

const byEnd = (a: EndedRow, b: EndedRow): number => a.settled_ms - b.settled_ms || a.id - b.id
