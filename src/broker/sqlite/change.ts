import { hasEnded, JOB_STATES, type JobState } from '../../core/job-state.js'
import type { Change, Changed } from '../control.js'
import type { Transaction } from './transaction.js'

/** A job as a change finds it. */
interface Found {
  readonly id: number
  readonly queueId: number
  readonly state: JobState
}

/** Does to one job what a person wants; null names a job that there cannot be. */
export function changeJob(transaction: Transaction, id: number | null, change: Change): Changed {
  const found = find(transaction, id)
  if (found === undefined) return 'missing'
  if (found.state === 'running') return 'running'
  switch (change.kind) {
    case 'retry':
      return retry(transaction, found)
    case 'cancel':
      return cancel(transaction, found, change.reason)
    case 'drop':
      return drop(transaction, found)
  }
}

function find({ sql }: Transaction, id: number | null): Found | undefined {
  const row = sql.jobStands.get(id) as { readonly queue_id: number; readonly state: number } | undefined
  const state = JOB_STATES[row?.state ?? -1]
  return id === null || row === undefined || state === undefined ? undefined : { id, queueId: row.queue_id, state }
}

function retry(transaction: Transaction, { id, queueId, state }: Found): Changed {
  const { sql, nowMs } = transaction
  if (state === 'scheduled') sql.makeReady.run({ now_ms: nowMs, id })
  else if (state === 'ready' || state === 'done') return 'unfit'
  else if (sql.startAfresh.run(id).changes === 0) return 'keyHeld'
  transaction.move(queueId, state, 'ready')
  return 'changed'
}

function cancel(transaction: Transaction, { id, queueId, state }: Found, reason: string): Changed {
  if (hasEnded(state)) return 'unfit'
  transaction.sql.cancel.run(transaction.nowMs, reason, id)
  transaction.move(queueId, state, 'cancelled')
  return 'changed'
}

function drop(transaction: Transaction, { id, queueId, state }: Found): Changed {
  transaction.keepIds()
  transaction.sql.dropJob.run(id)
  transaction.forgetAttempts([id])
  transaction.move(queueId, state, null)
  return 'changed'
}
