/** Characters of text that count as much as one more group. */
const TEXT_SHIFT = 7

/** What a task holds in memory, counted in groups: over the bound, it spills. */
export class Weight {
  readonly #max: number
  #held = 0

  /** @param groupsMax At most 8,000,000, since a Map of V8 takes no more than 16,777,216 entries. */
  constructor(groupsMax: number) {
    this.#max = Math.min(groupsMax, 8_000_000)
  }

  get isOver(): boolean {
    return this.#held >= this.#max
  }

  /** @param length Characters of its key, and of a value where one is kept. */
  add(length: number): void {
    this.#held += 1 + (length >> TEXT_SHIFT)
  }

  clear(): void {
    this.#held = 0
  }
}
