/** Tells whoever waits on a queue, or watches a topic, that something about it has changed. */
export class Bell {
  readonly #listeners = new Map<string, Set<() => void>>()

  /** Calls back at every change of the queue; the answer ends that. */
  listen(queue: string, callback: () => void): () => void {
    const listeners = this.#listeners.get(queue) ?? new Set()
    this.#listeners.set(queue, listeners.add(callback))
    return () => {
      listeners.delete(callback)
      if (listeners.size === 0 && this.#listeners.get(queue) === listeners) this.#listeners.delete(queue)
    }
  }

  ring(queue: string): void {
    // A copy, because a listener that has heard enough leaves the set.
    for (const callback of [...(this.#listeners.get(queue) ?? [])]) callback()
  }
}
