import type { Lease, Step } from '../job-store.js'
import type { Transaction } from './transaction.js'

/** Neighbouring steps: all of them do nothing but forget a job of this lease, or null for others. */
interface Run {
  readonly lease: Lease | null
  readonly steps: Step[]
}

/** Cuts steps into runs; nothing changes its place. */
export function runsOf(steps: readonly Step[]): readonly Run[] {
  const runs: Run[] = []
  for (const step of steps) {
    const lease = forgottenUnder(step)
    const run = runs.at(-1)
    if (run !== undefined && isSame(run.lease, lease)) run.steps.push(step)
    else runs.push({ lease, steps: [step] })
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
export function forgetTogether(transaction: Transaction, lease: Lease, steps: readonly Step[]): boolean {
  const { sql } = transaction
  const row = transaction.standing(lease)
  if (row === undefined) return false
  const ids = steps.map(({ settle }) => Number(settle?.job))
  const text = JSON.stringify(ids)
  if (sql.countHeld.pluck().get(text, lease.epoch) !== ids.length) return false
  transaction.keepIds()
  sql.forgetHeld.run(text, lease.epoch)
  for (const id of ids) transaction.forgetAttempts(id)
  transaction.move(row.queue_id, 'running', 'done', ids.length)
  transaction.move(row.queue_id, 'done', null, ids.length)
  transaction.close(lease.epoch, ids.length)
  return true
}
