import { ATTEMPTS_KEPT_MAX } from '../../core/limits.js'
import type { Outcome, Settle } from '../job-store.js'
import { stateAfter } from '../state-after.js'
import { STATE_INDEX } from './states.js'
import type { LeaseRow, Transaction } from './transaction.js'

/** What an outcome needs to know of its attempt. */
interface Attempt {
  readonly settle: Settle
  readonly id: number
  readonly lease: LeaseRow
  readonly startedMs: number
  readonly exitCode: number | null
}

/**
 * Ends one attempt.
 *
 * @returns False when the job does not run under this lease, or the lease has ended: then nothing was written.
 */
export function settle(transaction: Transaction, settle: Settle): boolean {
  const lease = transaction.standing(settle.lease)
  if (lease === undefined) return false
  const { report } = settle
  // The worker's clock tells how long, the store's clock tells when.
  const startedMs = report ? Math.round(transaction.nowMs - report.ranMs) : lease.taken_ms
  const attempt = { settle, id: Number(settle.job), lease, startedMs, exitCode: report?.exitCode ?? null }
  if (!write(transaction, attempt)) return false
  transaction.move(lease.queue_id, 'running', stateAfter(settle.outcome))
  if (settle.forget && settle.outcome.kind === 'done') transaction.move(lease.queue_id, 'done', null)
  transaction.close(lease.epoch, 1)
  return true
}

function write(transaction: Transaction, attempt: Attempt): boolean {
  const { outcome, report } = attempt.settle
  switch (outcome.kind) {
    case 'done':
      return attempt.settle.forget ? forget(transaction, attempt) : done(transaction, attempt, outcome.result ?? null)
    case 'release':
      return release(transaction, attempt) && (report === undefined || trace(transaction, attempt))
    case 'retry':
      return later(transaction, attempt, outcome) && keep(transaction, attempt, outcome.error)
    case 'snooze':
      return later(transaction, attempt, outcome) && keep(transaction, attempt, null)
    case 'error':
      return badly(transaction, attempt, 'error', outcome.error) && keep(transaction, attempt, outcome.error)
    case 'cancel':
      return badly(transaction, attempt, 'cancelled', outcome.reason) && keep(transaction, attempt, outcome.reason)
  }
}

function done({ sql, nowMs }: Transaction, attempt: Attempt, result: string | null): boolean {
  const { id, lease, startedMs, exitCode } = attempt
  return sql.done.run(lease.node, startedMs, nowMs, exitCode, result, id, lease.epoch).changes > 0
}

function forget(transaction: Transaction, { id, lease }: Attempt): boolean {
  transaction.keepIds()
  if (transaction.sql.forget.run(id, lease.epoch).changes === 0) return false
  transaction.forgetAttempts([id])
  return true
}

function release({ sql }: Transaction, { id, lease }: Attempt): boolean {
  return sql.release.run(id, lease.epoch).changes > 0
}

function later(transaction: Transaction, attempt: Attempt, outcome: Outcome & { kind: 'retry' | 'snooze' }): boolean {
  const { sql, nowMs } = transaction
  const { id, lease, startedMs, exitCode } = attempt
  return (
    sql.runLater.run({
      state: STATE_INDEX[stateAfter(outcome)],
      due_ms: nowMs + outcome.inMs,
      failures: outcome.kind === 'retry' ? 1 : 0,
      node: lease.node,
      started_ms: startedMs,
      settled_ms: nowMs,
      exit_code: exitCode,
      id,
      epoch: lease.epoch,
    }).changes > 0
  )
}

function badly(transaction: Transaction, attempt: Attempt, to: 'error' | 'cancelled', error: string): boolean {
  const { sql, nowMs } = transaction
  const { id, lease, startedMs, exitCode } = attempt
  const failures = to === 'error' ? 1 : 0
  return (
    sql.endBadly.run(STATE_INDEX[to], failures, lease.node, startedMs, nowMs, exitCode, error, id, lease.epoch)
      .changes > 0
  )
}

/** A job that is given back after it began tells of that attempt. */
function trace(transaction: Transaction, attempt: Attempt): boolean {
  const { id, lease, startedMs, exitCode } = attempt
  transaction.sql.lastAttempt.run(lease.node, startedMs, transaction.nowMs, exitCode, id)
  return keep(transaction, attempt, null)
}

/** Keeps the attempt in the job's history. */
function keep({ sql, nowMs }: Transaction, attempt: Attempt, error: string | null): boolean {
  const { settle, id, lease, startedMs, exitCode } = attempt
  const { signal = null, output = null } = settle.report ?? {}
  sql.addAttempt.run(
    id,
    lease.epoch,
    lease.node,
    startedMs,
    nowMs,
    settle.outcome.kind,
    exitCode,
    signal,
    error,
    output,
  )
  sql.trimAttempts.run({ job_id: id, kept: ATTEMPTS_KEPT_MAX })
  return true
}
