import type { Outcome, TakenJob } from '../broker/job-store.js'
import type { Ran } from './worker.js'

/** How one attempt of a worker ended. */
export interface AttemptEnd {
  readonly id: string
  readonly queue: string
  /** 1 for the first run; failed and crashed runs count. */
  readonly attempt: number
  readonly outcome: Outcome['kind']
  /** Why it failed or was cancelled; null otherwise. */
  readonly error: string | null
  /** Where it was thrown, and by what it was caused, a line each; null when that is not known. */
  readonly stack: string | null
  /** Milliseconds until it runs again; null when it does not, or nobody knows when. */
  readonly retryInMs: number | null
  /** Milliseconds that it ran. */
  readonly ranMs: number
  /** Its lease had ended: another may have the job, and this outcome counts for nothing. */
  readonly isRefused: boolean
}

/** What a worker tells of an attempt, once the store knows. */
export function attemptEnd(
  { id, lease, attempt }: TakenJob,
  { outcome, report }: Ran,
  result: 'done' | 'lost',
): AttemptEnd {
  const { kind } = outcome
  return {
    id,
    queue: lease.queue,
    attempt,
    outcome: kind,
    error: kind === 'retry' || kind === 'error' ? outcome.error : kind === 'cancel' ? outcome.reason : null,
    stack: report.output ?? null,
    retryInMs: kind === 'retry' || kind === 'snooze' ? outcome.inMs : null,
    ranMs: report.ranMs,
    isRefused: result === 'lost',
  }
}
