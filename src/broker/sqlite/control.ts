import type { Database } from 'better-sqlite3'
import { JOB_STATES, type JobState } from '../../core/job-state.js'
import { ATTEMPTS_KEPT_MAX } from '../../core/limits.js'
import type {
  AttemptView,
  Change,
  Changed,
  Control,
  JobLife,
  JobQuery,
  JobView,
  KitchenView,
  LeaseView,
  QueueSummary,
  Reset,
  ResetCounts,
} from '../control.js'
import type { Diagnosis, Examination } from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import { changeJob } from './change.js'
import { diagnose } from './diagnose.js'
import { listJobs } from './list-jobs.js'
import type { Sql } from './sql.js'
import { migrations } from './statements.generated.js'
import type { Transaction } from './transaction.js'
import { attemptView, type JobRow, lifeOf, rowId } from './views.js'
import type { Writer } from './writer.js'

/** Jobs that one transaction of a reset or a clean touches, so that waiters get their turn in between. */
const PART = 5_000

interface QueueRow extends Record<JobState, number> {
  readonly name: string
  readonly paused: number
  readonly ended: number | null
  readonly first_second: number | null
}

interface LeaseRow {
  readonly epoch: number
  readonly node: string
  readonly taken_ms: number
  readonly until_ms: number
  readonly jobs: string
}

/** What is known of the file that is open. */
export interface Place {
  readonly file: string
  readonly database: Database
  readonly lossWindow: string | null
  readonly nowMs: () => number
}

/** What people do with a kitchen on one SQLite file. */
export class SqliteControl implements Control {
  readonly #writer: Writer
  readonly #sql: Sql
  readonly #place: Place

  constructor(writer: Writer, sql: Sql, place: Place) {
    this.#writer = writer
    this.#sql = sql
    this.#place = place
  }

  async describe(): Promise<KitchenView> {
    const { file, lossWindow, nowMs } = this.#place
    return { engine: 'sqlite', place: file, lossWindow, schemaVersion: migrations.length, nowMs: nowMs() }
  }

  diagnose(examination: Examination): Promise<Diagnosis> {
    return this.#writer.read(() => diagnose({ ...this.#place, sql: this.#sql }, examination))
  }

  queues(): Promise<readonly QueueSummary[]> {
    return this.#writer.read(() => {
      const second = Math.floor(this.#place.nowMs() / 1_000)
      const rows = this.#sql.queues.all({ second: second - 59 }) as QueueRow[]
      return rows.map((row) => ({
        queue: row.name,
        counts: Object.fromEntries(JOB_STATES.map((state) => [state, row[state]])) as Record<JobState, number>,
        isPaused: row.paused === 1,
        recent: { ended: row.ended ?? 0, seconds: row.first_second === null ? 60 : second - row.first_second + 1 },
      }))
    })
  }

  leases(queue: string): Promise<readonly LeaseView[]> {
    return this.#writer.read(() => {
      const queueId = this.#sql.queueId(queue)
      if (queueId === undefined) return []
      const rows = this.#sql.leases.all(queueId) as LeaseRow[]
      return rows.map((row) => this.#leaseView(queue, row)).filter(({ jobs }) => jobs.length > 0)
    })
  }

  oldestReady(queues: readonly string[]): Promise<readonly (number | null)[]> {
    return this.#writer.read(() => {
      const rows = this.#sql.oldestReady.all({ names: JSON.stringify(queues) }) as { name: string; due_ms: number }[]
      const oldest = new Map<string, number>()
      for (const { name, due_ms } of rows) oldest.set(name, Math.min(oldest.get(name) ?? due_ms, due_ms))
      return queues.map((queue) => oldest.get(queue) ?? null)
    })
  }

  jobs(query: JobQuery): Promise<readonly JobView[]> {
    return listJobs(this.#writer, this.#sql, query)
  }

  job(id: JobId): Promise<JobLife | undefined> {
    return this.#writer.read(() => {
      const row = this.#sql.job.get(rowId(id)) as JobRow | undefined
      if (row === undefined) return undefined
      const history = (this.#sql.attempts.all(row.id) as Parameters<typeof attemptView>[0][]).map(attemptView)
      return lifeOf(row, history satisfies AttemptView[], this.#leaseOf(row))
    })
  }

  change(ids: readonly JobId[], change: Change): Promise<readonly Changed[]> {
    return this.#writer.write((transaction) => ids.map((id) => changeJob(transaction, rowId(id), change)))
  }

  pause({ queue, isPaused }: { readonly queue: string; readonly isPaused: boolean }): Promise<void> {
    return this.#writer.write(({ sql }) => {
      sql.pause.run(isPaused ? 1 : 0, sql.makeQueue(queue))
    })
  }

  async reset({ queue, gone, running }: Reset): Promise<ResetCounts> {
    const queueId = await this.#writer.read(() => this.#sql.queueId(queue))
    if (queueId === undefined) return { error: 0, running: 0, keyHeld: 0 }
    const taken = await this.#writer.write((transaction) =>
      takeBack(transaction, queueId, { gone, all: running === true }),
    )
    const ids = await this.#writer.read(() => this.#sql.errors.pluck().all(queueId) as number[])
    let error = 0
    for (let from = 0; from < ids.length; from += PART) {
      const part = ids.slice(from, from + PART)
      error += await this.#writer.write((transaction) => resetErrors(transaction, queueId, part))
    }
    return { error, running: taken, keyHeld: ids.length - error }
  }

  async clean({ queue, force }: { queue: string; force?: true }): Promise<{ deleted: number; running: number }> {
    const queueId = await this.#writer.read(() => this.#sql.queueId(queue))
    if (queueId === undefined) return { deleted: 0, running: 0 }
    let [deleted, after] = [0, 0]
    for (;;) {
      const part = await this.#writer.write((transaction) =>
        cleanPart(transaction, queueId, { after, force: force === true }),
      )
      if (part.last === undefined) return { deleted, running: part.running }
      deleted += part.count
      after = part.last
    }
  }

  #leaseOf(row: JobRow): LeaseView | null {
    if (row.lease_node === null) return null
    const lease = this.#sql.leases.all(this.#sql.queueId(row.queue)) as LeaseRow[]
    const held = lease.find(({ epoch }) => epoch === row.epoch)
    return held === undefined ? null : this.#leaseView(row.queue, held)
  }

  #leaseView(queue: string, row: LeaseRow): LeaseView {
    return {
      lease: { queue, epoch: row.epoch },
      node: row.node,
      takenMs: row.taken_ms,
      leftMs: row.until_ms - this.#place.nowMs(),
      jobs: (JSON.parse(row.jobs) as number[]).map(String),
    }
  }
}

/** Takes back the jobs of leases that have ended, whose node is gone, or all. */
function takeBack(
  transaction: Transaction,
  queueId: number,
  { gone, all }: { gone: readonly string[]; all: boolean },
): number {
  const { sql, nowMs } = transaction
  const leases = sql.leases.all(queueId) as LeaseRow[]
  let count = 0
  for (const lease of leases) {
    if (!all && lease.until_ms > nowMs && !gone.includes(lease.node)) continue
    const ids = sql.resetRunning.pluck().all({ epoch: lease.epoch }) as number[]
    for (const id of ids) {
      sql.addAttempt.run(id, lease.epoch, lease.node, lease.taken_ms, nowMs, 'reset', null, null, null, null)
      sql.trimAttempts.run({ job_id: id, kept: ATTEMPTS_KEPT_MAX })
      sql.lastAttempt.run(lease.node, lease.taken_ms, nowMs, null, id)
    }
    sql.dropLease.run(lease.epoch)
    transaction.move(queueId, 'running', 'ready', ids.length)
    count += ids.length
  }
  return count
}

function resetErrors(transaction: Transaction, queueId: number, ids: readonly number[]): number {
  const { length } = transaction.sql.resetErrors.all(JSON.stringify(ids))
  transaction.move(queueId, 'error', 'ready', length)
  return length
}

/** Deletes jobs after an id; `last` is undefined when none was left, or when some run and may not be deleted. */
function cleanPart(
  transaction: Transaction,
  queueId: number,
  { after, force }: { after: number; force: boolean },
): { count: number; last: number | undefined; running: number } {
  const { sql } = transaction
  const { running } = transaction.countsOf(queueId)
  if (running > 0 && !force) return { count: 0, last: undefined, running }
  transaction.keepIds()
  sql.dropRate.run(queueId, Number.MAX_SAFE_INTEGER)
  const rows = sql.clean.all(after, queueId, PART) as { id: number; state: number; epoch: number }[]
  for (const { state: index, epoch } of rows) {
    const state = JOB_STATES[index] ?? null
    transaction.move(queueId, state, null)
    // A lease goes with its last job, and not before: a clean may end in the middle, and the rest must come back.
    if (state === 'running') transaction.close(epoch, 1)
  }
  transaction.forgetAttempts(rows.map(({ id }) => id))
  return { count: rows.length, last: rows.length === 0 ? undefined : Math.max(...rows.map(({ id }) => id)), running: 0 }
}
