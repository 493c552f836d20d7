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
  return (job, stop) => new Promise((resolve) => attempt({ handler, policy, transactions, job, stop }, resolve))
}

interface Attempt {
  readonly handler: Handler
  readonly policy: HandlerPolicy
  readonly transactions: Transactions
  readonly job: TakenJob
  readonly stop: StopSignal
}

/**
 * Calls the handler, and answers once: when it has ended, or when it may be waited for no longer, because the worker
 * stops or its time and its grace are up. A lost lease is no such case: the slot is taken until the handler ends.
 *
 * Callbacks and not a chain of async functions, which took two kilobytes and a tenth of the time of a short job.
 */
function attempt({ handler, policy, transactions, job, stop }: Attempt, resolve: (ran: Ran) => void): void {
  const { timeoutMs } = policy
  const startedMs = performance.now()
  const timer = timeoutMs === null ? null : setTimeout(() => stop.stop('timeout'), timeoutMs)
  let isOver = false
  let held: HeldJob | null = null
  const end = (outcome: Outcome): void => {
    if (isOver) return
    isOver = true
    if (timer !== null) clearTimeout(timer)
    const report = { ranMs: Math.round(performance.now() - startedMs) }
    resolve({ outcome, report, isDoneWithin: held?.isDoneWithin ?? false })
  }
  const timedOut = (): Outcome => failed(job, `timed out after ${timeoutMs} ms`, policy)
  stop.onStop((reason) => {
    if (reason === 'stopped') end({ kind: 'release' })
    if (reason === 'timeout') setTimeout(() => end(timedOut()), TIMEOUT_GRACE_MS).unref()
  })
  // Async, so that a handler that throws at once fails like one that rejects.
  const call = async (): Promise<Outcome> => {
    held = new HeldJob(job, stop, transactions)
    const outcome = storable(outcomeOf(await handler(held), job, policy))
    return held.isDoneWithin ? failed(job, 'the transaction that ended it was not committed', policy) : outcome
  }
  call().then(
    (outcome) => end(stop.reason === 'timeout' ? timedOut() : outcome),
    (error) => end(stop.reason === 'timeout' ? timedOut() : failed(job, errorText(error), policy)),
  )
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
