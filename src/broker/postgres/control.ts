import { JOB_STATES, type JobState } from '../../core/job-state.js'
import type {
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
import { changeJobs } from './change.js'
import { arrayText } from './changes.js'
import { diagnose } from './diagnose.js'
import { type NamedQueue, takeBackJobs } from './due.js'
import { isTransient } from './errors.js'
import { lossWindowOf } from './health.js'
import { type Link, LONG_CALL_MS_MAX } from './link.js'
import { listJobs } from './list-jobs.js'
import { makeQueues, type Queues } from './queues.js'
import type { Reader } from './reader.js'
import type { Sql } from './sql.js'
import { migrations } from './statements.generated.js'
import { STATE_INDEX } from './states.js'
import { numberOf } from './steps.js'
import { type AttemptRow, attemptView, type JobRow, lifeOf } from './views.js'
import { persistently } from './writer.js'

/** Jobs that one transaction of a reset or a clean touches, so that workers get their turn in between. */
const PART = 5_000

const ALL_STATES = arrayText(Object.values(STATE_INDEX))

interface QueueCountsRow extends Record<JobState, number> {
  readonly name: string
  readonly ended: number
  readonly seconds: number | null
  readonly is_paused: boolean
}

interface LeaseRow {
  readonly epoch: number
  readonly node: string
  readonly taken_ms: number
  readonly left_ms: number
  readonly jobs: readonly number[]
}

/** What people do with a kitchen on PostgreSQL. */
export class PostgresControl implements Control {
  readonly #reader: Reader
  readonly #queues: Queues
  readonly #place: string

  constructor(reader: Reader, queues: Queues, place: string) {
    this.#reader = reader
    this.#queues = queues
    this.#place = place
  }

  async describe(): Promise<KitchenView> {
    const [row] = await this.#reader.rows<{ now_ms: number; synchronous_commit: string; fsync: string }>('describe')
    const { now_ms: nowMs, ...settings } = row ?? { now_ms: 0, synchronous_commit: 'on', fsync: 'on' }
    const lossWindow = lossWindowOf(settings)
    return { engine: 'postgres', place: this.#place, lossWindow, schemaVersion: migrations.length, nowMs }
  }

  async diagnose(examination: Examination): Promise<Diagnosis> {
    return diagnose(this.#reader, await this.queues(), examination)
  }

  async queues(): Promise<readonly QueueSummary[]> {
    const rows = await this.#reader.rows<QueueCountsRow>('queues')
    return rows.map((row) => ({
      queue: row.name,
      counts: Object.fromEntries(JOB_STATES.map((state) => [state, row[state]])) as Record<JobState, number>,
      isPaused: row.is_paused,
      recent: { ended: row.ended, seconds: Math.min(60, Math.max(1, row.seconds ?? 60)) },
    }))
  }

  leases(queue: string): Promise<readonly LeaseView[]> {
    return this.#reader.use(async (link, sql) => {
      const queueId = await this.#queues.idOf(link, queue)
      return queueId === undefined ? [] : readLeases(link, sql, { name: queue, id: queueId })
    })
  }

  async oldestReady(queues: readonly string[]): Promise<readonly (number | null)[]> {
    const rows = await this.#reader.rows<{ name: string; due_ms: number }>('oldestReady', [JSON.stringify(queues)])
    const oldest = new Map(rows.map(({ name, due_ms }) => [name, due_ms]))
    return queues.map((queue) => oldest.get(queue) ?? null)
  }

  jobs({ queue, ...query }: JobQuery): Promise<readonly JobView[]> {
    return this.#reader.use(async (link, sql) => {
      const queueId = queue === undefined ? null : await this.#queues.idOf(link, queue)
      return queueId === undefined ? [] : listJobs(link, sql, { ...query, queueId })
    })
  }

  async job(id: JobId): Promise<JobLife | undefined> {
    const number = numberOf(id)
    if (Number.isNaN(number)) return undefined
    return this.#reader.use(async (link, sql) => {
      const [[row], kept] = await Promise.all([
        link.rows<JobRow>(sql.jobsById, [arrayText([number]), null, ALL_STATES, 1]),
        link.rows<AttemptRow>(sql.attempts, [number]),
      ])
      return row && lifeOf(row, kept.map(attemptView), await this.#leaseOf(link, sql, row))
    })
  }

  change(ids: readonly JobId[], change: Change): Promise<readonly Changed[]> {
    return this.#reader.use(async (link, sql) => {
      const changed: Changed[] = []
      for (let from = 0; from < ids.length; from += PART) {
        const part = ids.slice(from, from + PART)
        changed.push(...(await persistently(isTransient, () => changeJobs(link, sql, part, change))))
      }
      return changed
    })
  }

  pause({ queue, isPaused }: { readonly queue: string; readonly isPaused: boolean }): Promise<void> {
    return this.#reader.use(async (link, sql) => {
      const id = (await this.#queues.idOf(link, queue)) ?? (await this.#make(link, sql, queue))
      await link.rows(isPaused ? sql.pause : sql.resume, [id, queue])
    })
  }

  reset({ queue, gone, running }: Reset): Promise<ResetCounts> {
    return this.#reader.use(async (link, sql) => {
      const queueId = await this.#queues.idOf(link, queue)
      if (queueId === undefined) return { error: 0, running: 0, keyHeld: 0 }
      const named = { name: queue, id: queueId }
      const taken = await inParts((countMax) =>
        takeBackJobs(link, sql, named, { gone, all: running === true, countMax }),
      )
      const ids = await link.answer<readonly number[]>(sql.errors, [queueId], LONG_CALL_MS_MAX)
      let error = 0
      for (let from = 0; from < ids.length; from += PART) {
        error += await resetErrors(link, sql, queueId, ids.slice(from, from + PART))
      }
      return { error, running: taken, keyHeld: ids.length - error }
    })
  }

  clean({ queue, force }: { queue: string; force?: true }): Promise<{ deleted: number; running: number }> {
    return this.#reader.use(async (link, sql) => {
      const queueId = await this.#queues.idOf(link, queue)
      if (queueId === undefined) return { deleted: 0, running: 0 }
      const [counts] = await link.rows<{ running: number }>(sql.counts, [queueId])
      const running = counts?.running ?? 0
      if (running > 0 && force !== true) return { deleted: 0, running }
      const live = await cleanParts(link, sql.cleanJobs, queueId)
      const ended = await cleanParts(link, sql.cleanHistory, queueId)
      await Promise.all([link.rows(sql.dropLeases, [queueId]), link.rows(sql.forgetRate, [queueId])])
      return { deleted: live + ended, running: 0 }
    })
  }

  /** Makes a queue that has never had a job. */
  async #make(link: Link, sql: Sql, queue: string): Promise<number> {
    const made = await persistently(isTransient, () =>
      link.transaction(() => makeQueues(link, sql, new Map([[queue, new Set()]]))),
    )
    this.#queues.keep(made)
    return made[0]?.id ?? 0
  }

  async #leaseOf(link: Link, sql: Sql, { epoch, queue }: JobRow): Promise<LeaseView | null> {
    const id = epoch === null ? undefined : await this.#queues.idOf(link, queue)
    if (id === undefined) return null
    const leases = await readLeases(link, sql, { name: queue, id })
    return leases.find(({ lease }) => lease.epoch === epoch) ?? null
  }
}

/** Leases with the jobs that still run under each; one without jobs is over. */
async function readLeases(link: Link, { leases }: Sql, { name, id }: NamedQueue): Promise<readonly LeaseView[]> {
  const rows = await link.rows<LeaseRow>(leases, [id], LONG_CALL_MS_MAX)
  const views = rows.map(({ epoch, node, taken_ms, left_ms, jobs }) => ({
    lease: { queue: name, epoch },
    node,
    takenMs: taken_ms,
    leftMs: left_ms,
    jobs: jobs.map(String),
  }))
  return views.filter(({ jobs }) => jobs.length > 0)
}

/** Brings back jobs in error, and wakes who waits for them. */
async function resetErrors(link: Link, sql: Sql, queueId: number, ids: readonly number[]): Promise<number> {
  return persistently(isTransient, () =>
    link.transaction(async (commit) => {
      const held = link.rows(sql.holdLanes, [arrayText([queueId])])
      const back = link.answer<readonly number[]>(
        sql.bringBack,
        [arrayText(ids), arrayText([STATE_INDEX.error])],
        LONG_CALL_MS_MAX,
      )
      commit()
      const [, came] = await Promise.all([held, back])
      return came.length
    }),
  )
}

async function inParts(run: (countMax: number) => Promise<number>): Promise<number> {
  let total = 0
  for (;;) {
    const count = await persistently(isTransient, () => run(PART))
    total += count
    if (count < PART) return total
  }
}

async function cleanParts(link: Link, statement: Sql[keyof Sql], queueId: number): Promise<number> {
  let [deleted, after] = [0, 0]
  for (;;) {
    const [row] = await persistently(isTransient, () =>
      link.rows<{ count: number; last: number | null }>(statement, [queueId, after, PART], LONG_CALL_MS_MAX),
    )
    if (row === undefined || row.last === null) return deleted
    deleted += row.count
    after = row.last
  }
}
