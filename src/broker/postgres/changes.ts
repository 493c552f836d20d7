import type { JobState } from '../../core/job-state.js'
import { ATTEMPTS_KEPT_MAX } from '../../core/limits.js'
import type { Call } from './asker.js'
import type { Sql } from './sql.js'
import { jsonOf } from './text.js'

/** A job as statements that hold it tell of it. */
export interface HeldJob {
  readonly id: number
  readonly queue_id: number
  readonly due_ms: number
  readonly rank: number
  readonly failures: number
  readonly crashes: number
  readonly traces: number
  readonly key: string | null
  /** 1 live, 2 kept. */
  readonly key_scope: number | null
}

/** How a job that has ended is written into history. */
export interface End {
  readonly id: number
  readonly epoch: number
  readonly state: number
  readonly failures: number
  readonly crashes: number
  readonly traces: number
  /** null when nobody ever ran it. */
  readonly node: string | null
  readonly started_ms: number | null
  readonly settled_ms: number
  readonly exit_code: number | null
  readonly error: string | null
  readonly result: string | null
}

/** How a job that was held goes back to a line. */
export interface Requeue {
  readonly id: number
  readonly fence: number
  readonly due_ms: number
  readonly failures: number
  readonly crashes: number
  readonly traces: number
  readonly queue_id: number
  readonly lane: number
  readonly place: number
}

/** An attempt that is kept. */
export interface Attempt {
  readonly job_id: number
  readonly epoch: number
  readonly started_ms: number
  readonly ended_ms: number
  readonly exit_code: number | null
  readonly node: string
  readonly ended: string
  readonly signal: string | null
  readonly error: string | null
  readonly output: string | null
}

type Counts = { -readonly [State in JobState]: number } & { ended: number; rings: boolean }

/** What a transaction that holds jobs does with them, written at its end by few statements, however many jobs there are. */
export class Changes {
  readonly #nowMs: number
  readonly #ends: End[] = []
  readonly #requeues: Requeue[] = []
  readonly #forgotten: number[] = []
  readonly #erased: number[] = []
  readonly #attempts: Attempt[] = []
  readonly #crowded: number[] = []
  readonly #freed: { queue_id: number; key: string; id: number }[] = []
  readonly #counts = new Map<string, Counts>()
  /** By queue and lane: the earliest place that something goes back to. */
  readonly #lowered = new Map<string, { queue_id: number; lane: number; place: number }>()

  /** @param nowMs The store's clock for all that this transaction does. */
  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  end(job: HeldJob, end: End): void {
    this.#ends.push(end)
    if (job.key_scope === 1) this.#freeKey(job)
  }

  forget(job: HeldJob): void {
    this.#forgotten.push(job.id)
    this.#freeKey(job)
  }

  /** As `forget`, of a job that has ended. */
  erase(job: Pick<HeldJob, 'id' | 'queue_id' | 'key'>): void {
    this.#erased.push(job.id)
    this.#freeKey(job)
  }

  requeue(requeue: Requeue): void {
    this.#requeues.push(requeue)
  }

  /** Keeps an attempt of a job that has `traces` of them already. */
  attempt(attempt: Attempt, traces: number): void {
    this.#attempts.push(attempt)
    if (traces >= ATTEMPTS_KEPT_MAX) this.#crowded.push(attempt.job_id)
  }

  /** Something goes to a place that is older than now: its lane begins there at the latest. */
  lower(queueId: number, lane: number, place: number): void {
    const known = this.#lowered.get(`${queueId} ${lane}`)
    if (known === undefined || place < known.place)
      this.#lowered.set(`${queueId} ${lane}`, { queue_id: queueId, lane, place })
  }

  /** Moves a job of a queue from one state to another; null stands for not being there. */
  move(queue: string, from: JobState | null, to: JobState | null): void {
    const counts = this.#countsOf(queue)
    if (from !== null) counts[from]--
    if (to !== null) counts[to]++
    if (to === 'ready' || to === 'scheduled') counts.rings = true
  }

  /** A job of a queue ended as done or error. */
  ended(queue: string): void {
    this.#countsOf(queue).ended++
  }

  /** What has to be held before anything of this is written. */
  before({ holdLanes }: Sql): readonly Call[] {
    const queueIds = new Set([...this.#lowered.values()].map(({ queue_id }) => queue_id))
    return queueIds.size === 0 ? [] : [[holdLanes, [arrayText([...queueIds])]]]
  }

  /** What becomes of jobs and their keys. */
  moves({ requeue, endJobs, forgetJobs, forgetHistory, freeKeys, addAttempts }: Sql): readonly Call[] {
    const calls: Call[] = []
    if (this.#requeues.length > 0) calls.push([requeue, [jsonOf(byId(this.#requeues))]])
    if (this.#attempts.length > 0) {
      calls.push([addAttempts, [jsonOf(this.#attempts), ATTEMPTS_KEPT_MAX, arrayText(this.#crowded)]])
    }
    if (this.#ends.length > 0) calls.push([endJobs, [jsonOf(this.#ends)]])
    if (this.#forgotten.length > 0) calls.push([forgetJobs, [arrayText(this.#forgotten)]])
    if (this.#erased.length > 0) calls.push([forgetHistory, [arrayText(this.#erased)]])
    if (this.#freed.length > 0) calls.push([freeKeys, [jsonOf(this.#freed)]])
    return calls
  }

  /** The counters, and who is to be woken. The last of these tells whether the clock was turned back. */
  after({ lowerLanes, addTally }: Sql, queueIdOf: (queue: string) => number): readonly Call[] {
    const second = Math.floor(this.#nowMs / 1_000)
    const tallies = [...this.#counts].map(([queue, counts]) => ({
      queue,
      queue_id: queueIdOf(queue),
      second,
      ...counts,
    }))
    const lowered: Call[] = this.#lowered.size === 0 ? [] : [[lowerLanes, [jsonOf([...this.#lowered.values()])]]]
    return tallies.length === 0 ? lowered : [...lowered, [addTally, [jsonOf(tallies), this.#nowMs]]]
  }

  #freeKey({ queue_id, key, id }: Pick<HeldJob, 'id' | 'queue_id' | 'key'>): void {
    if (key !== null) this.#freed.push({ queue_id, key, id })
  }

  #countsOf(queue: string): Counts {
    const known = this.#counts.get(queue)
    if (known !== undefined) return known
    const counts: Counts = {
      scheduled: 0,
      ready: 0,
      running: 0,
      done: 0,
      error: 0,
      cancelled: 0,
      ended: 0,
      rings: false,
    }
    this.#counts.set(queue, counts)
    return counts
  }
}

const byId = (requeues: readonly Requeue[]): Readonly<Record<number, Omit<Requeue, 'id'>>> =>
  Object.fromEntries(requeues.map(({ id, ...requeue }) => [id, requeue]))

/** Whole numbers as an array's text: whatever client a transaction comes from can bind it. */
export const arrayText = (values: readonly number[]): string => `{${values.join(',')}}`
