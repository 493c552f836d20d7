import type { Control } from '../broker/control.js'

/** Long enough that asking costs nothing; short enough that two clocks, which drift by seconds in a day, stay together. */
const ASK_EVERY_MS = 600_000

/**
 * The store's time without a round trip each time: asked for now and then, and reckoned on in between by the steady clock
 * of this process, so that setting this machine's clock changes nothing.
 */
export class StoreClock {
  readonly #store: Pick<Control, 'describe'>
  /** What to add to `performance.now()`. */
  #aheadMs: Promise<number> | null = null
  #askedAtMs = Number.NEGATIVE_INFINITY

  constructor(store: Pick<Control, 'describe'>) {
    this.#store = store
  }

  /** Milliseconds since 1970 on the store's clock, half a round trip more or less. @throws What the store failed with. */
  async nowMs(): Promise<number> {
    if (performance.now() - this.#askedAtMs > ASK_EVERY_MS) this.#aheadMs = null
    this.#aheadMs ??= this.#ask()
    try {
      return Math.round((await this.#aheadMs) + performance.now())
    } catch (error) {
      this.#aheadMs = null
      throw error
    }
  }

  async #ask(): Promise<number> {
    const beforeMs = performance.now()
    this.#askedAtMs = beforeMs
    const { nowMs } = await this.#store.describe()
    return nowMs - (beforeMs + performance.now()) / 2
  }
}
