import type { JobState } from '../../core/job-state.js'
import type { JsonText } from '../../core/json.js'
import { ATTEMPTS_KEPT_MAX, CRASHES_MAX } from '../../core/limits.js'
import type { AttemptView } from '../control.js'
import type { JobId, NewJob } from '../job-store.js'

/** A job as the memory engine keeps it. */
export interface Job {
  readonly id: JobId
  /** The id as a number, to sort by. */
  readonly number: number
  readonly queue: string
  readonly payload: JsonText
  readonly priority: number
  readonly isExpedited: boolean
  readonly key: string | null
  readonly isKeyKept: boolean
  readonly attemptsMax: number | null
  readonly sentMs: number
  state: JobState
  dueMs: number
  failures: number
  crashes: number
  /** When it ended; null while it has not. */
  endedMs: number | null
  /** While it runs. */
  lease: HeldLease | null
  error: string | null
  result: JsonText | null
  /** Attempts that are over and left a trace, oldest first. */
  readonly history: AttemptView[]
}

/** A lease as the memory engine keeps it, for as long as it holds a job. */
export interface HeldLease {
  readonly epoch: number
  readonly node: string
  readonly takenMs: number
  untilMs: number
  /** In the order in which they were taken. */
  readonly jobs: Set<Job>
}

/** A job as it was sent. */
export function makeJob(number: number, sent: NewJob, nowMs: number): Job {
  const delayMs = sent.delayMs ?? 0
  return {
    id: String(number),
    number,
    queue: sent.queue,
    payload: sent.payload,
    priority: sent.priority ?? 0,
    isExpedited: sent.expedite ?? false,
    key: sent.key ?? null,
    isKeyKept: sent.keyScope === 'kept',
    attemptsMax: sent.attemptsMax ?? null,
    sentMs: nowMs,
    state: delayMs > 0 ? 'scheduled' : 'ready',
    dueMs: nowMs + delayMs,
    failures: 0,
    crashes: 0,
    endedMs: null,
    lease: null,
    error: null,
    result: null,
    history: [],
  }
}

/** One more crash and it is set aside. */
export const isSuspect = (job: Job): boolean => job.crashes === CRASHES_MAX - 1

/** Keeps an attempt in its history; beyond the bound the oldest goes. */
export function remember(job: Job, attempt: AttemptView): void {
  job.history.push(attempt)
  if (job.history.length > ATTEMPTS_KEPT_MAX) job.history.shift()
}

/** Who is taken first: what was expedited, newest first; then by priority; then by due time; then by age (law 5). */
export function byTurn(a: Job, b: Job): number {
  if (a.isExpedited !== b.isExpedited) return a.isExpedited ? -1 : 1
  if (a.isExpedited) return b.number - a.number
  return b.priority - a.priority || byDue(a, b)
}

/** Sorts by due time, then by id. */
export const byDue = (a: Job, b: Job): number => a.dueMs - b.dueMs || a.number - b.number

/** What ended first is the first to be dropped. */
export const byEnd = (a: Job, b: Job): number => endOf(a) - endOf(b) || a.number - b.number

const endOf = (job: Job): number => job.endedMs ?? 0
