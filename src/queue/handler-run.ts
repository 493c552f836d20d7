import { checkOutcome } from '../broker/arguments.js'
import type { Outcome, TakenJob } from '../broker/job-store.js'
import { type Backoff, waitMs } from '../core/backoff.js'
import { type Json, parseJson } from '../core/json.js'
import type { Handler } from './job.js'
import { type FailedOutcome, HandlerOutcome } from './outcome.js'
import type { StopSignal } from './stop-signal.js'
import type { Run } from './worker.js'

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
export function runHandler(handler: Handler, policy: HandlerPolicy): Run {
  return async (job, stop) => {
    const startedMs = performance.now()
    const outcome = await attempt(handler, policy, job, stop)
    return { outcome, report: { ranMs: performance.now() - startedMs } }
  }
}

async function attempt(handler: Handler, policy: HandlerPolicy, job: TakenJob, stop: StopSignal): Promise<Outcome> {
  const { timeoutMs } = policy
  const timer = timeoutMs === null ? null : setTimeout(() => stop.stop('timeout'), timeoutMs)
  const timedOut = () => failed(job, `timed out after ${timeoutMs} ms`, policy)
  try {
    const value = await untilOver(call(handler, job, stop), stop)
    if (stop.reason === 'timeout') return timedOut()
    const outcome = outcomeOf(value, job, policy)
    // A result over the cap, or a wait that is none: the attempt's own failure, and not its neighbours'.
    checkOutcome(outcome)
    return outcome
  } catch (error) {
    if (stop.reason === 'stopped') return { kind: 'release' }
    return stop.reason === 'timeout' ? timedOut() : failed(job, errorText(error), policy)
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}

/** Async, so that a handler that throws at once fails like one that rejects. */
async function call(handler: Handler, { id, attempt, payload, lease }: TakenJob, stop: StopSignal): Promise<unknown> {
  return handler({
    id,
    queue: lease.queue,
    payload: parseJson(payload),
    attempt,
    get signal() {
      return stop.signal
    },
  })
}

/**
 * What the handler answers; or a rejection when it may be waited for no longer: the worker stops, or its time and its
 * grace are up. A lost lease is no such case: the slot is taken until the handler ends.
 */
function untilOver(answer: Promise<unknown>, stop: StopSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    answer.then(resolve, reject)
    stop.onStop((reason) => {
      if (reason === 'stopped') reject(new Error('the worker stopped'))
      if (reason === 'timeout') setTimeout(() => reject(new Error('timed out')), TIMEOUT_GRACE_MS).unref()
    })
  })
}

function outcomeOf(value: unknown, job: TakenJob, policy: HandlerPolicy): Outcome {
  if (!(value instanceof HandlerOutcome)) return done(value)
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

/** @throws TypeError when JSON cannot hold the value, such as a BigInt or a circle; the attempt fails with it. */
function done(value: unknown): Outcome {
  const result = value === undefined ? undefined : JSON.stringify(value as Json)
  return result === undefined ? { kind: 'done' } : { kind: 'done', result }
}

const errorText = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
