import type { Control } from '../broker/control.js'

/** What was learnt so long ago is learnt again: clocks drift, are set, and stand still while a machine sleeps. */
const KNOWN_MS = 60_000

/** What a store's clock says, without asking it each time. */
export class StoreClock {
  readonly #control: Pick<Control, 'describe'>
  readonly #knownMs: number
  /** By how much it is ahead of the performance clock, and when that was learnt. */
  #learnt: { readonly aheadMs: number; readonly atMs: number } | null = null

  /** @param knownMs How long it goes by what it learnt. */
  constructor(control: Pick<Control, 'describe'>, knownMs: number = KNOWN_MS) {
    this.#control = control
    this.#knownMs = knownMs
  }

  /**
   * Milliseconds since 1970 on the store's clock, wrong by half a round trip at most. It asks the store once in a minute unless
   * told otherwise, and only when it is asked itself.
   *
   * @throws KitchenError when the store fails.
   */
  async nowMs(): Promise<number> {
    if (this.#learnt === null || performance.now() - this.#learnt.atMs > this.#knownMs) await this.#learn()
    return performance.now() + (this.#learnt?.aheadMs ?? 0)
  }

  async #learn(): Promise<void> {
    const askedMs = performance.now()
    const { nowMs } = await this.#control.describe()
    const atMs = performance.now()
    this.#learnt = { aheadMs: nowMs - (askedMs + atMs) / 2, atMs }
  }
}
