/** Characters of text that count as much as one more group. */
const TEXT_SHIFT = 7

/** Groups that the processor's caches still hold, more or less. */
const CROWD = 65_536

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

  /**
   * Whether it is time to spill after so many records: over the bound, or when hardly two of them shared a group. To hold more would then
   * spare nothing, and a table beyond the caches costs more with each record (10 M different keys: 1.7 µs of processor time a record instead of 2.2).
   */
  isOverAfter(records: number): boolean {
    return this.isOver || (this.#held >= CROWD && records < this.#held * 1.1)
  }

  /** @param length Characters of its key, and of a value where one is kept. */
  add(length: number): void {
    this.#held += 1 + (length >> TEXT_SHIFT)
  }

  clear(): void {
    this.#held = 0
  }
}
