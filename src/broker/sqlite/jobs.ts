import { ATTEMPTS_KEPT_MAX, CRASHES_MAX } from '../../core/limits.js'
import type { JobStore, Lease, ReturnedJob, Step, StepResult, Sweep, Swept, Take, TakenJob } from '../job-store.js'
import { SET_ASIDE_ERROR } from '../set-aside.js'
import { forgetTogether, type Run, runsOf } from './forget-together.js'
import { hasConflict, putRecords } from './records.js'
import { dropHistory } from './retention.js'
import { send } from './send.js'
import { settle } from './settle.js'
import { STATE_INDEX } from './states.js'
import type { LeaseRow, Transaction } from './transaction.js'
import type { Writer } from './writer.js'

/** Most scheduled jobs that one take makes ready, so that a million falling due at once do not block one call. */
const DUE_COUNT_MAX = 10_000

const DONE: StepResult = { kind: 'done', sent: [] }
const LOST: StepResult = { kind: 'lost', sent: [] }
const CONFLICT: StepResult = { kind: 'conflict', sent: [] }

/** A job as the statement `front` finds it: an array, since the driver sets each field of an object by its name, a fifth of a take's time. */
type Row = readonly [
  id: number,
  rank: number,
  place: number,
  payload: string,
  failures: number,
  crashes: number,
  attemptsMax: number | null,
  sentMs: number,
]

/** The job store on one SQLite file. */
export class SqliteJobs implements JobStore {
  readonly #writer: Writer

  constructor(writer: Writer) {
    this.#writer = writer
  }

  commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    // What can be done before the lock is ours, or after it, is: others wait for it.
    const runs = runsOf(steps)
    return this.#writer.write((transaction) => applyRuns(transaction, runs))
  }

  async take(take: Take): Promise<readonly TakenJob[]> {
    const taken = await this.#writer.write((transaction) => takeJobs(transaction, take))
    return taken === null ? [] : taken.rows.map((row) => takenJob(row, taken.lease))
  }

  extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    return this.#writer.write(({ sql, nowMs }) => {
      const prolong = ({ queue, epoch }: Lease) => sql.extend.run(nowMs + leaseMs, epoch, sql.queueId(queue), nowMs)
      return leases.filter((lease) => prolong(lease).changes === 0)
    })
  }

  sweep(sweep: Sweep): Promise<Swept> {
    return this.#writer.write((transaction) => sweepQueue(transaction, sweep))
  }
}

/** Applies steps in order, each as one unit. */
export const applySteps = (transaction: Transaction, steps: readonly Step[]): readonly StepResult[] =>
  applyRuns(transaction, runsOf(steps))

function applyRuns(transaction: Transaction, runs: readonly Run[]): readonly StepResult[] {
  const results: StepResult[] = []
  for (const { lease, steps, ids } of runs) {
    const areForgotten = lease !== null && forgetTogether(transaction, lease, ids)
    for (const step of steps) results.push(areForgotten ? DONE : apply(transaction, step))
  }
  return results
}

/** Checks all that a step requires before its first write, so that a skipped step has nothing to undo. */
function apply(transaction: Transaction, step: Step): StepResult {
  if (step.put !== undefined) {
    if (step.settle !== undefined && !holds(transaction, step.settle)) return LOST
    if (hasConflict(transaction, step.put)) return CONFLICT
  }
  if (step.settle !== undefined && !settle(transaction, step.settle)) return LOST
  if (step.put !== undefined) putRecords(transaction, step.put)
  if (step.send === undefined) return DONE
  const sent = send(transaction, step.send)
  return { kind: sent.every(({ isNew }) => isNew) ? 'done' : 'duplicate', sent }
}

function holds(transaction: Transaction, { job, lease }: { job: string; lease: Lease }): boolean {
  return transaction.standing(lease) !== undefined && transaction.sql.holds.get(Number(job), lease.epoch) !== undefined
}

/** What a take has found, in the order of the line. */
interface Taken {
  readonly rows: readonly Row[]
  readonly lease: Lease
}

/** @returns null when nothing is ready. */
function takeJobs(transaction: Transaction, take: Take): Taken | null {
  const { sql, nowMs } = transaction
  const queueId = sql.queueId(take.queue)
  if (queueId === undefined) return null
  // A look first: an UPDATE through a list makes temporary tables, 0.1 ms of each take, also when it finds nothing.
  const { paused, has_due } = look(transaction, queueId)
  if (paused) return null
  if (has_due) {
    makeDueReady(transaction, queueId, DUE_COUNT_MAX)
    returnEnded(transaction, queueId, DUE_COUNT_MAX)
  }

  const epoch = transaction.nextEpoch
  const rows = pick(transaction, { epoch, queueId, countMax: take.countMax, suspectsMax: take.suspectsMax ?? 1 })
  // An empty take writes nothing: no page, no fsync, and no wakeup of those who watch the log.
  if (rows.length === 0) return null
  transaction.drawEpoch()

  transaction.move(queueId, 'ready', 'running', rows.length)
  const ids = JSON.stringify(rows.map(([id]) => id))
  sql.addLease.run(epoch, queueId, take.node, nowMs, nowMs + take.leaseMs, rows.length, ids)
  return { rows, lease: { queue: take.queue, epoch } }
}

interface Pick {
  readonly epoch: number
  readonly queueId: number
  readonly countMax: number
  readonly suspectsMax: number
}

/**
 * Marks the first jobs in line as running, and answers them in its order. Suspects beyond what is wanted go back, and others, from
 * behind all these, take their place.
 */
function pick(transaction: Transaction, { epoch, queueId, countMax, suspectsMax }: Pick): readonly Row[] {
  const { sql } = transaction
  const mark = (crashesBelow: number, count: number): readonly Row[] => {
    const rows = sql.front.raw().all(queueId, crashesBelow, count) as Row[]
    const last = rows.at(-1)
    if (last !== undefined) {
      const [id, rank, place] = last
      sql.take.run(epoch, queueId, crashesBelow, rank, place, id)
    }
    return rows
  }
  const innocent = (count: number) => mark(CRASHES_MAX - 1, count)
  if (suspectsMax === 0) return innocent(countMax)
  const rows = mark(CRASHES_MAX, countMax)
  const [, ...surplus] = rows.filter(isSuspect)
  if (surplus.length === 0) return rows
  for (const [id] of surplus) sql.untake.run(id)
  return [...rows.filter((row) => !surplus.includes(row)), ...innocent(surplus.length)]
}

const isSuspect = ([, , , , , crashes]: Row): boolean => crashes === CRASHES_MAX - 1

function takenJob(row: Row, lease: Lease): TakenJob {
  const [id, , , payload, failures, crashes, attemptsMax, sentMs] = row
  return {
    id: String(id),
    lease,
    payload,
    attempt: failures + crashes + 1,
    failures,
    attemptsMax,
    isSuspect: isSuspect(row),
    sentMs,
  }
}

/** Both are 0 or 1. */
function look({ sql, nowMs }: Transaction, queueId: number): { readonly paused: number; readonly has_due: number } {
  return sql.look.get({ queue_id: queueId, now_ms: nowMs }) as ReturnType<typeof look>
}

function makeDueReady(transaction: Transaction, queueId: number, countMax: number): number {
  const { changes } = transaction.sql.makeDueReady.run(queueId, transaction.nowMs, countMax)
  transaction.move(queueId, 'scheduled', 'ready', changes)
  return changes
}

/** Returns at most `countMax` jobs of leases that ended. A lease goes with its last job. */
function returnEnded(transaction: Transaction, queueId: number, countMax: number): ReturnedJob[] {
  const leases = transaction.sql.endedLeases.all(queueId, transaction.nowMs) as LeaseRow[]
  const returned: ReturnedJob[] = []
  for (const lease of leases) {
    if (returned.length === countMax) break
    returned.push(...returnLease(transaction, lease, countMax - returned.length))
  }
  return returned
}

function returnLease(transaction: Transaction, lease: LeaseRow, countMax: number): ReturnedJob[] {
  const { sql } = transaction
  const rows = sql.returnJobs.all({
    epoch: lease.epoch,
    count_max: countMax,
    crashes_max: CRASHES_MAX,
    error: SET_ASIDE_ERROR,
    node: lease.node,
    started_ms: lease.taken_ms,
    settled_ms: lease.until_ms,
  }) as { id: number; state: number; crashes: number }[]
  if (rows.length < lease.open) sql.leaseOpen.run(lease.open - rows.length, lease.epoch)
  else sql.dropLease.run(lease.epoch)
  return rows.map(({ id, state, crashes }) => {
    const to = state === STATE_INDEX.ready ? 'ready' : 'error'
    // It ended when its lease did, however late that was noticed.
    sql.addAttempt.run(id, lease.epoch, lease.node, lease.taken_ms, lease.until_ms, 'crash', null, null, null, null)
    sql.trimAttempts.run({ job_id: id, kept: ATTEMPTS_KEPT_MAX })
    transaction.move(lease.queue_id, 'running', to)
    return { id: String(id), node: lease.node, crashes, state: to }
  })
}

function sweepQueue(transaction: Transaction, { queue, keep, countMax }: Sweep): Swept {
  const { sql, nowMs } = transaction
  sql.dropGoneRecords.run(nowMs)
  const queueId = sql.queueId(queue)
  if (queueId === undefined) return { returned: [], dueCount: 0, droppedCount: 0, hasMore: false }

  const dueCount = makeDueReady(transaction, queueId, countMax)
  const returned = returnEnded(transaction, queueId, countMax)
  const { droppedCount, hasMore } = dropHistory(transaction, queueId, { keep, countMax })
  return { returned, dueCount, droppedCount, hasMore: hasMore || look(transaction, queueId).has_due === 1 }
}
