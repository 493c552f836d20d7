import type { TakenJob } from '../broker/job-store.js'
import { type Backoff, type BackoffFunction, waitMs } from '../core/backoff.js'
import type { FailedOutcome } from './outcome.js'

/** How failures are answered, as it is when one happens. */
export interface FailurePolicy {
  /** Attempts before a failure is final, unless the job brings its own. */
  readonly attemptsMax: number
  readonly backoff: Backoff | BackoffFunction
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
}

/** Another attempt after the backoff, or the end when they are used up. */
export function failed(job: TakenJob, error: string, policy: FailurePolicy): FailedOutcome {
  const failures = job.failures + 1
  if (failures >= (job.attemptsMax ?? policy.attemptsMax)) return { kind: 'error', error }
  return { kind: 'retry', inMs: waitMs(policy.backoff, failures, policy.random()), error }
}
