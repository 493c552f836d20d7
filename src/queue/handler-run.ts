import type { Outcome, TakenJob } from '../broker/job-store.js'
import { type Backoff, waitMs } from '../core/backoff.js'
import { type Json, parseJson } from '../core/json.js'
import type { Handler } from './job.js'
import { type FailedOutcome, HandlerOutcome } from './outcome.js'
import type { AbortReason, Ran } from './worker.js'

/** How failures are answered. */
export interface FailurePolicy {
  /** Attempts before a failure is final, unless the job brings its own. */
  readonly attemptsMax: number
  readonly backoff: Backoff
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
}

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
export function runHandler(handler: Handler, policy: HandlerPolicy): (job: TakenJob, lost: AbortSignal) => Promise<Ran> {
  return async (job, lost) => {
    const startedMs = performance.now()
    const outcome = await attempt(handler, policy, job, lost)
    return { outcome, report: { ranMs: performance.now() - startedMs } }
  }
}

async function attempt(handler: Handler, policy: HandlerPolicy, job: TakenJob, lost: AbortSignal): Promise<Outcome> {
  const abort = new AbortController()
  const onLost = () => abort.abort(lost.reason)
  lost.addEventListener('abort', onLost)
  const timer = startTimer(policy.timeoutMs, abort)
  try {
    const value = await Promise.race([call(handler, job, abort.signal), mustEnd(abort.signal)])
    return timer?.isOver ? failed(job, timer.text, policy) : outcomeOf(value, job, policy)
  } catch (error) {
    if (lost.reason === ('stopped' satisfies AbortReason)) return { kind: 'release' }
    return failed(job, timer?.isOver ? timer.text : errorText(error), policy)
  } finally {
    timer?.clear()
    lost.removeEventListener('abort', onLost)
  }
}

/** Async, so that a handler that throws at once fails like one that rejects. */
async function call(handler: Handler, job: TakenJob, signal: AbortSignal): Promise<unknown> {
  const { id, attempt, payload, lease } = job
  return handler({ id, queue: lease.queue, payload: parseJson(payload), attempt, signal })
}

interface Timer {
  isOver: boolean
  readonly text: string
  clear(): void
}

function startTimer(timeoutMs: number | null, abort: AbortController): Timer | null {
  if (timeoutMs === null) return null
  const timeout = setTimeout(() => {
    timer.isOver = true
    abort.abort('timeout')
  }, timeoutMs)
  const timer: Timer = { isOver: false, text: `timed out after ${timeoutMs} ms`, clear: () => clearTimeout(timeout) }
  return timer
}

/** Rejects when the handler may no longer be waited for. A lost lease is no such case: its slot is taken until it ends. */
function mustEnd(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      const { reason } = signal
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

const errorText = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
