import { ArgumentError } from './errors.js'

/**
 * How long a failed job waits before its next attempt.
 *
 * `jitter` is the share of the wait, 0 to 1, that is drawn at random, so that a thousand jobs that failed
 * together do not come back together.
 */
export interface Backoff {
  readonly kind: 'fixed' | 'linear' | 'exponential'
  /** Milliseconds before the second attempt; 0 or more. */
  readonly firstMs: number
  /** No wait is longer than this. */
  readonly mostMs: number
  readonly jitter: number
}

/**
 * A backoff of one's own: milliseconds to wait after the `failures`-th failure, 1 for the first. No wait is longer than 30 days;
 * when it throws, or answers no number of 0 or more, the job waits as `exponential()` says.
 */
export type BackoffFunction = (failures: number) => number

type BackoffOptions = Partial<Omit<Backoff, 'kind'>>

const HOUR_MS = 3_600_000

/** The longest wait that a function of one's own can ask for. */
const OWN_MS_MAX = 30 * 24 * HOUR_MS

/** The same wait after every failure: 1 s unless told otherwise. */
export const fixed = (options: BackoffOptions = {}): Backoff => make('fixed', options)

/** Waits of 1, 2, 3 … times `firstMs`. */
export const linear = (options: BackoffOptions = {}): Backoff => make('linear', options)

/** Waits of 1, 2, 4, 8 … times `firstMs`, to an hour at most unless told otherwise. */
export const exponential = (options: BackoffOptions = {}): Backoff => make('exponential', options)

function make(kind: Backoff['kind'], { firstMs = 1_000, mostMs = HOUR_MS, jitter = 0.2 }: BackoffOptions): Backoff {
  const backoff = { kind, firstMs, mostMs, jitter }
  checkBackoff(backoff)
  return backoff
}

const KINDS: readonly string[] = ['fixed', 'linear', 'exponential'] satisfies Backoff['kind'][]

/** @throws ArgumentError when it is none of the three kinds, or a number is out of its bounds. */
export function checkBackoff(backoff: Backoff | null): void {
  if (backoff === null || !KINDS.includes(backoff.kind))
    throw new ArgumentError(`a backoff is one of ${KINDS.join(', ')}`)
  const { firstMs, mostMs, jitter } = backoff
  if (firstMs >= 0 && mostMs >= 0 && jitter >= 0 && jitter <= 1) return
  throw new ArgumentError('a backoff needs firstMs and mostMs of 0 or more, and a jitter from 0 to 1')
}

/**
 * Milliseconds to wait after the `failures`-th failure (1 or more): between `(1 - jitter)` times and once the full wait, or
 * what a function of the user's says.
 *
 * @param random A number from 0 (inclusive) to 1 (exclusive); a parameter, so that tests can fix it.
 */
export function waitMs(backoff: Backoff | BackoffFunction, failures: number, random: number): number {
  if (typeof backoff === 'function') return ownMs(backoff, failures) ?? waitMs(exponential(), failures, random)
  // 2 ** 52 is as far as doubling stays exact; mostMs has cut in long before.
  const factor = { fixed: 1, linear: failures, exponential: 2 ** Math.min(failures - 1, 52) }[backoff.kind]
  const fullMs = Math.min(backoff.firstMs * factor, backoff.mostMs)
  return Math.round(fullMs * (1 - backoff.jitter * random))
}

/** What the function says; undefined when it makes no sense. A fault in it must not cost the job its next attempt. */
function ownMs(backoff: BackoffFunction, failures: number): number | undefined {
  try {
    const ms = backoff(failures)
    return typeof ms === 'number' && ms >= 0 ? Math.round(Math.min(ms, OWN_MS_MAX)) : undefined
  } catch {
    return undefined
  }
}
