import type { Json } from '../core/json.js'
import { Attempt, type AttemptWork } from './attempt.js'
import { accept } from './handler-run.js'
import type { Job } from './job.js'
import { readPayload } from './payload.js'
import type { Run } from './worker.js'

/**
 * Does several jobs at once. It answers nothing, and all are done; or an array with an outcome for each, in the order of the jobs; or a
 * Map from job to outcome, in which a job that is missing has failed. An outcome is what a handler of one job may return, or an
 * `Error`: that job has failed. A throw, or an answer that does not fit the jobs, is a failure of all.
 *
 * Each job keeps its own signal, attempts, notes and outcome.
 */
export type BatchHandler<Payload = unknown> = (jobs: readonly Job<Payload>[]) => unknown

/** How jobs are gathered. */
export interface Gathering {
  /** Most jobs in a batch. */
  readonly batchMax: number
  /** The first job of a batch waits so long for others. */
  readonly waitMs: number
  /** Batches that run at once. */
  readonly concurrency: number
}

/** Makes of a batch handler what a worker runs, which gives it up to `batchMax` times `concurrency` jobs at a time. */
export function runBatches(handler: BatchHandler, gathering: Gathering, work: AttemptWork): Run {
  const batches = new Batches(handler, gathering, work)
  return (job, stop, end) => {
    const member: Member = {
      batch: null,
      attempt: new Attempt(work, job, stop, (ran) => {
        end(ran)
        if (member.batch === null) batches.drop(member)
        else member.batch.left()
      }),
    }
    batches.add(member)
  }
}

/** A job that was gathered. */
interface Member {
  readonly attempt: Attempt
  /** null until its batch runs. */
  batch: { readonly left: () => void } | null
}

/** Gathers jobs into batches, and runs them. */
class Batches {
  readonly #handler: BatchHandler
  readonly #gathering: Gathering
  readonly #work: AttemptWork
  #gathered: Member[] = []
  /** Whether those that are gathered have waited long enough. */
  #isDue = false
  #timer: NodeJS.Timeout | null = null
  #running = 0

  constructor(handler: BatchHandler, gathering: Gathering, work: AttemptWork) {
    this.#handler = handler
    this.#gathering = gathering
    this.#work = work
  }

  add(member: Member): void {
    this.#gathered.push(member)
    this.#leaveIfDue()
  }

  /** It was given back or cancelled before its batch ran. */
  drop(member: Member): void {
    this.#gathered = this.#gathered.filter((other) => other !== member)
  }

  #leaveIfDue(): void {
    const { batchMax, waitMs, concurrency } = this.#gathering
    while (this.#running < concurrency && (this.#gathered.length >= batchMax || this.#isDue)) this.#leave(batchMax)
    if (this.#gathered.length === 0 || this.#isDue) return
    this.#timer ??= setTimeout(() => {
      this.#isDue = true
      this.#leaveIfDue()
    }, waitMs)
  }

  #leave(batchMax: number): void {
    const members = this.#gathered.splice(0, batchMax)
    // Those that stay came later, and wait for others in turn.
    this.#isDue = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (members.length === 0) return
    this.#running++
    let open = members.length
    const batch = {
      // A job may be given up while the handler goes on; when all are, another batch may run.
      left: () => {
        open--
        if (open > 0) return
        this.#running--
        this.#leaveIfDue()
      },
    }
    for (const member of members) member.batch = batch
    void this.#run(members.map(({ attempt }) => attempt))
  }

  async #run(batch: readonly Attempt[]): Promise<void> {
    const stopClock = this.#startClock(batch)
    const attempts = await this.#fitting(batch)
    try {
      if (attempts.length > 0) end(attempts, await this.#handler(attempts.map(({ held }) => held)))
    } catch (error) {
      for (const attempt of attempts) attempt.failed(error)
    }
    stopClock()
  }

  /** One for all: with one for each, the first would end the handler, and the others were done. */
  #startClock(batch: readonly Attempt[]): () => void {
    const { timeoutMs } = this.#work
    for (const attempt of batch) attempt.beginUntimed()
    if (timeoutMs === null) return () => {}
    const timer = setTimeout(() => {
      for (const attempt of batch) attempt.timeUp()
    }, timeoutMs)
    return () => clearTimeout(timer)
  }

  /** Those whose payloads fit; the others are over. */
  async #fitting(batch: readonly Attempt[]): Promise<readonly Attempt[]> {
    const { schema } = this.#work
    if (schema === null) return batch
    const fits = await Promise.all(
      batch.map(async (attempt) => {
        try {
          return accept(attempt, await readPayload(schema, attempt.held.payload as Json))
        } catch (error) {
          attempt.failed(error)
          return false
        }
      }),
    )
    return batch.filter((_, at) => fits[at])
  }
}

/** Ends each job of a batch as the handler said. */
function end(attempts: readonly Attempt[], outcomes: unknown): void {
  const said = reader(attempts.length, outcomes)
  for (const [at, attempt] of attempts.entries()) {
    const outcome = said(attempt.held, at)
    if (outcome instanceof Error) attempt.failed(outcome)
    else attempt.ended(outcome)
  }
}

/** @throws TypeError when the answer does not fit the jobs. */
function reader(count: number, outcomes: unknown): (job: Job, at: number) => unknown {
  if (outcomes === undefined) return () => undefined
  if (outcomes instanceof Map) {
    return (job) =>
      outcomes.has(job) ? outcomes.get(job) : new TypeError('the batch handler gave no outcome for this job')
  }
  if (!Array.isArray(outcomes)) throw new TypeError('a batch handler answers nothing, an array, or a Map by job')
  if (outcomes.length === count) return (_, at) => outcomes[at]
  throw new TypeError(`a batch handler answers an outcome for each job: ${outcomes.length} for ${count} jobs`)
}
