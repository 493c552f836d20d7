/**
 * Work to hold ahead: what the slots will begin in the next moment. A waiter in a farm shall not hoard; but each take
 * costs a commit and a message to the heartbeat.
 */
const AHEAD_MS = 50

/** Jobs that run longer hide the cost of a take by themselves. */
const SHORT_MS = 10

/** Jobs that run longer hide the cost of a settle and a turn of the event loop, too. */
const VERY_SHORT_MS = 5

/** Work to begin ahead of a free slot while jobs are very short. */
const OVERLAP_MS = 32

/**
 * Most jobs to hold ahead, whatever the pace. With half of them left a worker of no-op jobs asks for more, and has begun most of that half
 * when PostgreSQL has answered. A worker that waited for the lock of a store asks for all of them, and holds half as many more.
 */
const AHEAD_MAX = 3_000

/** Most characters of payloads to hold ahead, so that large ones do not fill the memory. */
const AHEAD_CHARS_MAX = 16 * 2 ** 20

/** How much the newest run weighs in the mean. */
const NEWEST = 0.05

/**
 * Learns how long jobs run, and says how many to hold ahead: none until it knows, none unless they are short, hundreds
 * when they are very short, and their takes would cost more than their work.
 */
export class Pace {
  readonly #concurrency: number
  #meanMs: number | null = null
  #meanChars = 1

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  /** A take has brought these. */
  took(jobs: readonly { readonly payload: string }[]): void {
    this.#meanChars = Math.max(1, jobs.reduce((sum, { payload }) => sum + payload.length, 0) / jobs.length)
  }

  ran(ms: number): void {
    this.#meanMs = this.#meanMs === null ? ms : this.#meanMs + NEWEST * (ms - this.#meanMs)
  }

  /** The slots are taken by jobs that have run for so long, and have not ended. */
  stalled(ms: number): void {
    this.#meanMs = ms
  }

  /** Jobs that end within so short a time that slots would be idle for a good part of it, waiting for the next. */
  get overlap(): number {
    if (this.#meanMs === null || this.#meanMs > VERY_SHORT_MS) return 0
    return this.#concurrency * Math.floor(OVERLAP_MS / Math.max(this.#meanMs, 0.001))
  }

  /** With so few held ahead it is time for the next take: when half are used up, so that takes are few and large. */
  get low(): number {
    return this.ahead / 2
  }

  /** Jobs to hold beyond those that run. */
  get ahead(): number {
    if (this.#meanMs === null || this.#meanMs > SHORT_MS) return 0
    const paced = (this.#concurrency * AHEAD_MS) / Math.max(this.#meanMs, 0.001)
    return Math.floor(Math.min(AHEAD_MAX, AHEAD_CHARS_MAX / this.#meanChars, paced))
  }
}
