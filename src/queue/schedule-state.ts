import type { JobId } from '../broker/job-store.js'
import { type JsonText, parseJson } from '../core/json.js'

/** Where the states of schedules stand among the records. */
export const TICK_PREFIX = 'tick/'

/** What is known of a schedule's ticks, as the JSON value of its record. Times are on the store's clock. */
export interface TickState {
  /** The plan that `nextMs` was reckoned by; another one reckons anew. */
  readonly plan: string
  /** The next tick; null while it is paused, or when there is none any more. */
  readonly nextMs: number | null
  /** The last tick that was given. */
  readonly lastMs: number | null
  /** Ticks whose jobs wait until the one before has ended; at most {@link WAITING_MAX}. */
  readonly waiting: readonly number[]
  /** The job that they wait for; null when it is not known. */
  readonly holder: JobId | null
  /** Jobs sent; ticks that were missed; ticks that gave no job because the one before had not ended. */
  readonly sentCount: number
  readonly missedCount: number
  readonly overlappedCount: number
}

/** Ticks that wait for the end of the job before; what comes beyond them counts as overlapped. */
export const WAITING_MAX = 1_000

/** The state of a schedule that has not ticked yet. */
export const newState = (plan: string, nextMs: number | null): TickState => ({
  plan,
  nextMs,
  lastMs: null,
  waiting: [],
  holder: null,
  sentCount: 0,
  missedCount: 0,
  overlappedCount: 0,
})

/** Reads a state; undefined when it is none that this version understands. */
export function readState(value: JsonText): TickState | undefined {
  const read = parsed(value)
  if (typeof read?.plan !== 'string') return undefined
  const state = { ...newState(read.plan, null), ...read }
  const { nextMs, lastMs, waiting, holder, sentCount, missedCount, overlappedCount } = state
  const isUnderstood =
    [nextMs, lastMs].every((ms) => ms === null || Number.isFinite(ms)) &&
    [sentCount, missedCount, overlappedCount].every(Number.isSafeInteger) &&
    (holder === null || typeof holder === 'string') &&
    Array.isArray(waiting) &&
    waiting.every(Number.isFinite)
  return isUnderstood ? state : undefined
}

function parsed(value: JsonText): Partial<TickState> | null {
  try {
    return parseJson(value) as Partial<TickState> | null
  } catch {
    // What stands there is replaced with the next tick.
    return null
  }
}
