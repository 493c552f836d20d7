/** How far back the figure looks. */
const SECONDS_MAX = 60

/** How many jobs ended lately, counted by the second, so that it never holds more than a minute's numbers. */
export class Pace {
  /** How many ended in each second since 1970, oldest second first. */
  readonly #ended = new Map<number, number>()

  add(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000)
    this.#forget(second)
    this.#ended.set(second, (this.#ended.get(second) ?? 0) + 1)
  }

  recent(nowMs: number): { readonly ended: number; readonly seconds: number } {
    const now = Math.floor(nowMs / 1_000)
    this.#forget(now)
    let oldest = now - SECONDS_MAX + 1
    if (this.#ended.size > 0) oldest = Math.min(...this.#ended.keys())
    const ended = [...this.#ended.values()].reduce((sum, count) => sum + count, 0)
    return { ended, seconds: now - oldest + 1 }
  }

  /** Also what lies ahead: it was counted before time was turned back. */
  #forget(now: number): void {
    for (const second of this.#ended.keys()) {
      if (second <= now - SECONDS_MAX || second > now) this.#ended.delete(second)
    }
  }
}
