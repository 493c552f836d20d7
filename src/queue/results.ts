import { checkString } from '../broker/arguments.js'
import type { Control, JobView } from '../broker/control.js'
import type { JobId } from '../broker/job-store.js'
import { ArgumentError, JobFailedError, KitchenError, TimeoutError } from '../core/errors.js'
import { type Json, parseJson } from '../core/json.js'
import { BATCH_MAX } from '../core/limits.js'
import { checkOptions } from '../core/members.js'
import { mayPass } from './patience.js'

/** How long to wait for a result. */
export interface ResultOptions {
  /** Milliseconds, 0 or more; 30,000 unless given, `Infinity` for no bound. 0 looks once. */
  readonly timeoutMs?: number
}

/** The first look comes so long after the question, and each next one after twice as long as the one before. */
const FIRST_MS = 5
const MOST_MS = 250

const TIMEOUT_MS = 30_000

/** One who awaits a result. Times are by performance.now(). */
interface Waiter {
  readonly id: JobId
  readonly untilMs: number
  readonly resolve: (result: Json | undefined) => void
  readonly reject: (error: Error) => void
  waitMs: number
  dueMs: number
}

/**
 * Awaits the results of jobs, for all of this process who do: whoever waits is looked for together with others that are due at
 * nearly the same time, in one call for up to 10,000 jobs, 5 ms after the question first, and then less and less often, four times
 * a second at last; at once when a worker of this process has ended the job. Never are two looks under way.
 */
export class Results {
  readonly #control: Pick<Control, 'jobs'>
  readonly #waiters = new Set<Waiter>()
  /** The same by what they wait for. */
  readonly #byId = new Map<JobId, Set<Waiter>>()
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Number.POSITIVE_INFINITY
  #isLooking = false

  constructor(control: Pick<Control, 'jobs'>) {
    this.#control = control
  }

  /**
   * The result of a job once it is done, whoever does it and wherever; undefined when it is done without one.
   *
   * @throws JobFailedError when it ended in error or was cancelled. KitchenError `missing` when there is no such job, or no
   * longer. TimeoutError when it has not ended in time; it goes on. KitchenError when the store fails for good.
   */
  of(id: JobId, options: ResultOptions = {}): Promise<Json | undefined> {
    checkString('id', id)
    checkOptions('result', options, ['timeoutMs'])
    const { timeoutMs = TIMEOUT_MS } = options
    if (!(timeoutMs >= 0)) throw new ArgumentError(`timeoutMs is ${timeoutMs}: it must be a number of 0 or more`)
    const nowMs = performance.now()
    return new Promise((resolve, reject) => {
      const waitMs = Math.min(FIRST_MS, timeoutMs)
      this.#add({ id, untilMs: nowMs + timeoutMs, resolve, reject, waitMs, dueMs: nowMs + waitMs })
      this.#plan()
    })
  }

  /** A job has ended here: whoever waits for it need not wait for the next look. A run of a second waited up to a quarter for it. */
  ended(id: JobId): void {
    const waiters = this.#byId.get(id)
    if (waiters === undefined) return
    const nowMs = performance.now()
    for (const waiter of waiters) {
      waiter.dueMs = nowMs
      // A look that is under way may have come too early: the next one follows soon.
      waiter.waitMs = FIRST_MS / 2
    }
    if (!this.#isLooking) this.#planAt(nowMs)
  }

  #add(waiter: Waiter): void {
    this.#waiters.add(waiter)
    const same = this.#byId.get(waiter.id)
    if (same === undefined) this.#byId.set(waiter.id, new Set([waiter]))
    else same.add(waiter)
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    const same = this.#byId.get(waiter.id)
    same?.delete(waiter)
    if (same?.size === 0) this.#byId.delete(waiter.id)
  }

  /** Not while a look is under way: it plans the next one when it has ended. */
  #plan(): void {
    if (this.#isLooking || this.#waiters.size === 0) return
    let atMs = Number.POSITIVE_INFINITY
    for (const { dueMs } of this.#waiters) if (dueMs < atMs) atMs = dueMs
    this.#planAt(atMs)
  }

  #planAt(atMs: number): void {
    if (this.#timer !== null && this.#timerAtMs <= atMs) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAtMs = atMs
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, atMs - performance.now()))
  }

  async #look(): Promise<void> {
    this.#timer = null
    this.#isLooking = true
    const waiters = this.#due()
    try {
      const ids = [...new Set(waiters.map(({ id }) => id))]
      const jobs = await this.#control.jobs({ ids, countMax: ids.length })
      const byId = new Map(jobs.map((job) => [job.id, job]))
      for (const waiter of waiters) this.#tell(waiter, byId.get(waiter.id))
    } catch (error) {
      for (const waiter of waiters) this.#fail(waiter, error)
    }
    this.#isLooking = false
    this.#plan()
  }

  /** Those who are due now, and those who will be before half of their wait is over. */
  #due(): readonly Waiter[] {
    const nowMs = performance.now()
    const due: Waiter[] = []
    const ids = new Set<JobId>()
    for (const waiter of this.#waiters) {
      if (waiter.dueMs - nowMs > waiter.waitMs / 2) continue
      if (ids.size === BATCH_MAX && !ids.has(waiter.id)) continue
      ids.add(waiter.id)
      due.push(waiter)
    }
    return due
  }

  #tell(waiter: Waiter, job: JobView | undefined): void {
    if (job === undefined) this.#reject(waiter, missing(waiter.id))
    else this.#answer(waiter, job)
  }

  #answer(waiter: Waiter, job: JobView): void {
    switch (job.state) {
      case 'done':
        this.#remove(waiter)
        waiter.resolve(job.result === null ? undefined : parseJson(job.result))
        break
      case 'error':
      case 'cancelled':
        this.#reject(waiter, new JobFailedError(job.id, job.state, failureOf(job)))
        break
      default:
        this.#again(waiter, `job ${job.id} is ${job.state}, and has not ended in time`)
    }
  }

  /** A store that comes back is waited for like the job. */
  #fail(waiter: Waiter, error: unknown): void {
    if (mayPass(error)) this.#again(waiter, `job ${waiter.id} could not be looked at in time`, error)
    else this.#reject(waiter, error as Error)
  }

  #again(waiter: Waiter, late: string, cause?: unknown): void {
    const nowMs = performance.now()
    if (nowMs >= waiter.untilMs) this.#reject(waiter, new TimeoutError(late, { cause }))
    waiter.waitMs = Math.min(MOST_MS, Math.max(FIRST_MS, 2 * waiter.waitMs))
    // Many whose time ends together are looked for together a last time, a few milliseconds late.
    waiter.dueMs = Math.max(nowMs + FIRST_MS, Math.min(nowMs + waiter.waitMs, waiter.untilMs))
  }

  #reject(waiter: Waiter, error: Error): void {
    this.#remove(waiter)
    waiter.reject(error)
  }
}

const failureOf = ({ state, error }: JobView): string =>
  error === null || error === '' ? `the job ended as ${state}` : error

const missing = (id: JobId): KitchenError =>
  new KitchenError('missing', `there is no job ${id}, or no longer`, {
    hint: 'Results stay as long as their jobs: give the queue a `keep` of a longer time, or of more jobs.',
  })
