interface Watch {
  readonly topic: string
  readonly onChange: () => void
  /** How many changes of the topic there were when it was told of them; below 0 until it was called for the first time. */
  toldCount: number
}

/** Those who watch records, each one topic, and how much each was told. */
export class Watches {
  readonly #watches = new Set<Watch>()
  readonly #onLastGone: () => void

  /** @param onLastGone Called when nobody watches any more. */
  constructor(onLastGone: () => void) {
    this.#onLastGone = onLastGone
  }

  get size(): number {
    return this.#watches.size
  }

  /** Each topic that somebody watches, once. */
  get topics(): ReadonlySet<string> {
    return new Set([...this.#watches].map(({ topic }) => topic))
  }

  /** @returns How to end it. Safe twice. */
  add(topic: string, onChange: () => void): () => void {
    const watch = { topic, onChange, toldCount: -1 }
    this.#watches.add(watch)
    return () => {
      if (this.#watches.delete(watch) && this.#watches.size === 0) this.#onLastGone()
    }
  }

  /** Calls those who were not told of so many changes of their topic; a topic that is not among them had none so far. */
  tell(counts: ReadonlyMap<string, number>): void {
    this.#call((watch) => {
      const count = counts.get(watch.topic) ?? 0
      if (count <= watch.toldCount) return false
      watch.toldCount = count
      return true
    })
  }

  /** Calls all: what they watch could not be looked at. */
  tellAll(): void {
    this.#call(() => true)
  }

  /** Ends all. */
  clear(): void {
    this.#watches.clear()
  }

  #call(isConcerned: (watch: Watch) => boolean): void {
    // A turn of its own for each, so that one that throws keeps neither the next one nor the look after this from it.
    for (const watch of [...this.#watches].filter(isConcerned)) {
      setImmediate(() => {
        if (this.#watches.has(watch)) watch.onChange()
      })
    }
  }
}
