import type { Lease, Step } from '../job-store.js'
import type { Transaction } from './transaction.js'

/** Neighbouring steps: all of them do nothing but forget a job of this lease, or null for others. */
export interface Run {
  readonly lease: Lease | null
  readonly steps: Step[]
  /** The jobs that are forgotten, as the statements take them; empty for others. */
  readonly ids: number[]
}

/** Cuts steps into runs; nothing changes its place. */
export function runsOf(steps: readonly Step[]): readonly Run[] {
  const runs: Run[] = []
  let run: Run | undefined
  for (const step of steps) {
    const lease = forgottenUnder(step)
    if (run === undefined || !isSame(run.lease, lease)) {
      run = { lease, steps: [], ids: [] }
      runs.push(run)
    }
    run.steps.push(step)
    if (lease !== null && step.settle !== undefined) run.ids.push(Number(step.settle.job))
  }
  return runs
}

const forgottenUnder = ({ settle, put, send }: Step): Lease | null =>
  settle?.forget && settle.outcome.kind === 'done' && put === undefined && send === undefined ? settle.lease : null

const isSame = (a: Lease | null, b: Lease | null): boolean =>
  a === b || (a !== null && b !== null && a.epoch === b.epoch && a.queue === b.queue)

/**
 * Forgets the jobs of a run by one statement: a worker of very short jobs settles thousands at once, and one by one they took
 * a third longer.
 *
 * @returns False when one of them does not run under this lease, or is named twice, or the lease has ended: then nothing was written.
 */
export function forgetTogether(transaction: Transaction, lease: Lease, ids: readonly number[]): boolean {
  const { sql } = transaction
  const row = transaction.standing(lease)
  if (row === undefined) return false
  const text = JSON.stringify(ids)
  if (sql.countHeld.pluck().get(text, lease.epoch) !== ids.length) return false
  transaction.keepIds()
  sql.forgetHeld.run(text, lease.epoch)
  transaction.forgetAttempts(ids)
  transaction.move(row.queue_id, 'running', 'done', ids.length)
  transaction.move(row.queue_id, 'done', null, ids.length)
  transaction.close(lease.epoch, ids.length)
  return true
}
