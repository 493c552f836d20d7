import { type Clock, monotonicClock } from '../core/clock.js'

/** What was learnt so long ago is learnt again: clocks drift, are set, and stand still while a machine sleeps. */
const KNOWN_MS = 60_000

/** An answer that took longer than this says too little about when it was true; another one is asked for. */
const TRIP_MS_MAX = 50

const TRIES_MAX = 3

/** What tells the time of a store. */
export interface TimeTeller {
  describe(): Promise<{ readonly nowMs: number }>
}

/** What a store's clock says, without asking it each time. */
export class StoreClock {
  readonly #control: TimeTeller
  readonly #knownMs: number
  readonly #clock: Clock
  #offsetMs = 0
  #learntAtMs = Number.NEGATIVE_INFINITY

  /** @param how For how long it goes by what it learnt; and by which clock meanwhile, one that is never set. */
  constructor(
    control: TimeTeller,
    { knownMs = KNOWN_MS, clock = monotonicClock }: { readonly knownMs?: number; readonly clock?: Clock } = {},
  ) {
    this.#control = control
    this.#knownMs = knownMs
    this.#clock = clock
  }

  /**
   * Milliseconds since 1970 on the store's clock, wrong by half a round trip at most. It asks the store once in a minute unless
   * told otherwise, and only when it is asked itself.
   *
   * @throws KitchenError when the store fails.
   */
  async nowMs(): Promise<number> {
    if (this.staleInMs <= 0) await this.learn()
    return this.#clock.nowMs() + this.#offsetMs
  }

  /** The same by what was learnt last, in whole milliseconds; nonsense before the first time. */
  get reckonedMs(): number {
    return Math.floor(this.#clock.nowMs() + this.#offsetMs)
  }

  /** Milliseconds until it should be learnt again; 0 or less when that is now. */
  get staleInMs(): number {
    return this.#learntAtMs + this.#knownMs - this.#clock.nowMs()
  }

  /**
   * Asks the store for its time.
   *
   * @returns How far its clock has moved against ours since it was asked last, forward when positive; 0 the first time.
   * @throws KitchenError when the store fails.
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
    const { nowMs } = await this.#control.describe()
    const tripMs = this.#clock.nowMs() - askedMs
    return { offsetMs: nowMs - askedMs - tripMs / 2, tripMs }
  }
}
