/** Time as a parameter: the system's, or a test's own. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Calls back once after `ms`; the answer cancels it. */
  after(ms: number, callback: () => void): () => void
}

/** Node keeps a delay in 32 bits, and fires at once beyond that. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** Timers do not keep the process alive: what is open does. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), TIMER_MS_MAX))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/**
 * A clock that is never set: for spans of time. Its milliseconds count from when the process began. Not `performance.now`, the
 * first use of which loads what takes 3 ms of a short command.
 */
export const monotonicClock: Clock = { nowMs: () => process.uptime() * 1_000, after: systemClock.after }

/** A clock that moves only when told to: `pass` runs what falls due, in order. */
export class VirtualClock implements Clock {
  #nowMs: number
  readonly #timers = new Set<{ atMs: number; callback: () => void }>()

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(ms, 0), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves time on by `ms`, or back when negative: then no timer fires. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (let next = this.#firstDue(untilMs); next; next = this.#firstDue(untilMs)) {
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.callback()
    }
    this.#nowMs = untilMs
  }

  /** Moves time on by `ms` at once, as if the process had been stopped meanwhile: whatever falls due sees the end of that time. */
  leap(ms: number): void {
    this.#nowMs += ms
    this.pass(0)
  }

  #firstDue(untilMs: number): { atMs: number; callback: () => void } | undefined {
    const due = [...this.#timers].filter((timer) => timer.atMs <= untilMs)
    return due.sort((a, b) => a.atMs - b.atMs)[0]
  }
}
