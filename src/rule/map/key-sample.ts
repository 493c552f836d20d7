/** One key of so many is watched. */
const SAMPLED = 16

/** Watched keys at most. */
const KEYS_MAX = 16_384

/** Which share of keys that come must have come before, for it to be worth while to look for each. */
const SHARE_MIN = 0.25

/** Watches some of the keys that come, always the same ones, for how many have come before. */
export class KeySample {
  readonly #keys = new Set<string>()
  #seen = 0
  #again = 0

  add(key: string): void {
    const { length } = key
    if ((key.charCodeAt(length - 1) * 7 + key.charCodeAt(length >> 1) * 3 + length) % SAMPLED !== 0) return
    this.#seen++
    if (this.#keys.has(key)) this.#again++
    else if (this.#keys.size < KEYS_MAX) this.#keys.add(key)
  }

  /** Whether many keys have come before. */
  get isShared(): boolean {
    return this.#again > this.#seen * SHARE_MIN
  }
}
