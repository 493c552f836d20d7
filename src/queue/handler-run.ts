import { checkOutcome } from '../broker/arguments.js'
import type { Outcome, TakenJob } from '../broker/job-store.js'
import type { Transactions } from '../broker/transactions.js'
import { type Backoff, waitMs } from '../core/backoff.js'
import { doneOutcome, type Handler, HeldJob } from './job.js'
import { type FailedOutcome, HandlerOutcome } from './outcome.js'
import type { StopSignal } from './stop-signal.js'
import type { Ran, Run } from './worker.js'

/** How failures are answered. */
export interface FailurePolicy {
  /** Attempts before a failure is final, unless the job brings its own. */
  readonly attemptsMax: number
  readonly backoff: Backoff
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
}

/** How a handler's attempts are bounded, and its failures answered. */
export interface HandlerPolicy extends FailurePolicy {
  /** null: no bound. */
  readonly timeoutMs: number | null
}

/** After its time is up and its signal has aborted, a handler has this long to end; then its slot is given to another. */
const TIMEOUT_GRACE_MS = 5_000

/** Another attempt after the backoff, or the end when they are used up. */
export function failed(job: TakenJob, error: string, policy: FailurePolicy): FailedOutcome {
  const failures = job.failures + 1
  if (failures >= (job.attemptsMax ?? policy.attemptsMax)) return { kind: 'error', error }
  return { kind: 'retry', inMs: waitMs(policy.backoff, failures, policy.random()), error }
}

/** Makes of a handler what a worker runs. */
export function runHandler(handler: Handler, policy: HandlerPolicy, transactions: Transactions): Run {
  const work = { handler, policy, transactions }
  return (job, stop, end) => new Attempt(work, job, stop, end).run()
}

/** What is the same for all attempts of a worker. */
interface Work {
  readonly handler: Handler
  readonly policy: HandlerPolicy
  readonly transactions: Transactions
}

/**
 * Calls the handler, and answers once: when it has ended, or when it may be waited for no longer, because the worker
 * stops or its time and its grace are up. A lost lease is no such case: the slot is taken until the handler ends.
 */
class Attempt {
  readonly #work: Work
  readonly #job: TakenJob
  readonly #stop: StopSignal
  readonly #end: (ran: Ran) => void
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout | null
  #held: HeldJob | null = null
  #isOver = false

  constructor(work: Work, job: TakenJob, stop: StopSignal, end: (ran: Ran) => void) {
    const { timeoutMs } = work.policy
    this.#work = work
    this.#job = job
    this.#stop = stop
    this.#end = end
    this.#timer = timeoutMs === null ? null : setTimeout(() => stop.stop('timeout'), timeoutMs)
  }

  run(): void {
    this.#stop.onStop((reason) => {
      if (reason === 'stopped') this.#over({ kind: 'release' })
      if (reason === 'timeout') setTimeout(() => this.#over(this.#timedOut()), TIMEOUT_GRACE_MS).unref()
    })
    this.#call().then(
      (value) => this.#ended(value),
      (error) => this.#failed(error),
    )
  }

  /** A handler that throws at once fails like one that rejects. No async function: each takes 800 bytes a call. */
  #call(): Promise<unknown> {
    const { handler, transactions } = this.#work
    try {
      this.#held = new HeldJob(this.#job, this.#stop, transactions)
      return Promise.resolve(handler(this.#held))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #ended(value: unknown): void {
    try {
      const outcome = storable(outcomeOf(value, this.#job, this.#work.policy))
      if (this.#held?.isDoneWithin) this.#failed('the transaction that ended it was not committed')
      else this.#over(this.#stop.reason === 'timeout' ? this.#timedOut() : outcome)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const { policy } = this.#work
    this.#over(this.#stop.reason === 'timeout' ? this.#timedOut() : failed(this.#job, errorText(error), policy))
  }

  #timedOut(): Outcome {
    const { policy } = this.#work
    return failed(this.#job, `timed out after ${policy.timeoutMs} ms`, policy)
  }

  #over(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const report = { ranMs: Math.round(performance.now() - this.#startedMs) }
    this.#end({ outcome, report, isDoneWithin: this.#held?.isDoneWithin ?? false })
  }
}

/** @throws ArgumentError when the store would refuse the outcome: then this attempt has failed, and no other. */
function storable(outcome: Outcome): Outcome {
  checkOutcome(outcome)
  return outcome
}

function outcomeOf(value: unknown, job: TakenJob, policy: HandlerPolicy): Outcome {
  if (!(value instanceof HandlerOutcome)) return doneOutcome(value)
  const { kind, inMs, reason } = value
  switch (kind) {
    case 'release':
      return { kind }
    case 'cancel':
      return { kind, reason }
    case 'snooze':
      return { kind, inMs: inMs ?? 0 }
    case 'retry': {
      const outcome = failed(job, reason === '' ? 'the handler asked for a retry' : reason, policy)
      return outcome.kind === 'retry' && inMs !== undefined ? { ...outcome, inMs } : outcome
    }
  }
}

const errorText = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
