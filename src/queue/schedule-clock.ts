import type { Control } from '../broker/control.js'
import type { Clock } from '../core/clock.js'

/** A store's clock may be set, and this process may be suspended: so it is asked again. */
const LEARN_EVERY_MS = 60_000

/** An answer that took longer than this says too little about when it was true; another one is asked for. */
const TRIP_MS_MAX = 50

const TRIES_MAX = 3

/** The store's clock, as this process reckons it between two looks. */
export class StoreClock {
  readonly #store: Pick<Control, 'describe'>
  readonly #clock: Clock
  #offsetMs = 0
  #learntAtMs = Number.NEGATIVE_INFINITY

  /** @param clock One that is never set. */
  constructor(store: Pick<Control, 'describe'>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Milliseconds since 1970, whole; right to half a round trip once it was learnt. */
  nowMs(): number {
    return Math.floor(this.#clock.nowMs() + this.#offsetMs)
  }

  /** Milliseconds until it should be learnt again; 0 or less when that is now. */
  get staleInMs(): number {
    return this.#learntAtMs + LEARN_EVERY_MS - this.#clock.nowMs()
  }

  /**
   * Asks the store for its time.
   *
   * @returns How far its clock has moved against ours since it was asked last, forward when positive; 0 the first time.
   */
  async learn(): Promise<number> {
    let best = await this.#look()
    for (let tries = 1; tries < TRIES_MAX && best.tripMs > TRIP_MS_MAX; tries++) {
      const next = await this.#look()
      if (next.tripMs < best.tripMs) best = next
    }
    const isFirst = this.#learntAtMs === Number.NEGATIVE_INFINITY
    const movedMs = isFirst ? 0 : best.offsetMs - this.#offsetMs
    this.#offsetMs = best.offsetMs
    this.#learntAtMs = this.#clock.nowMs()
    return movedMs
  }

  async #look(): Promise<{ readonly offsetMs: number; readonly tripMs: number }> {
    const askedMs = this.#clock.nowMs()
    const { nowMs } = await this.#store.describe()
    const tripMs = this.#clock.nowMs() - askedMs
    return { offsetMs: nowMs - askedMs - tripMs / 2, tripMs }
  }
}
