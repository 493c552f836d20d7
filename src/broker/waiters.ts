interface Waiter {
  readonly queue: string
  readonly wake: () => void
}

/** Those who wait for work, each for one queue: what is the same on every engine that others change, too. */
export class Waiters {
  readonly #waiters = new Set<Waiter>()
  readonly #onLastGone: () => void

  /** @param onLastGone Called when nobody waits any more. */
  constructor(onLastGone: () => void) {
    this.#onLastGone = onLastGone
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Each queue that somebody waits for, once. */
  get queues(): ReadonlySet<string> {
    return new Set([...this.#waiters].map(({ queue }) => queue))
  }

  has(queue: string): boolean {
    for (const waiter of this.#waiters) if (waiter.queue === queue) return true
    return false
  }

  /** Resolves when it is woken, after `mostMs`, or when the signal aborts. `onJoined` is called once it can be woken. */
  wait(
    queue: string,
    { mostMs, signal }: { readonly mostMs: number; readonly signal?: AbortSignal },
    onJoined: () => void,
  ): Promise<void> {
    if (mostMs === 0 || signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(floor)
        signal?.removeEventListener('abort', wake)
        this.#waiters.delete(waiter)
        if (this.#waiters.size === 0) this.#onLastGone()
        resolve()
      }
      const waiter = { queue, wake }
      const floor = setTimeout(wake, mostMs)
      signal?.addEventListener('abort', wake)
      this.#waiters.add(waiter)
      onJoined()
    })
  }

  wake(queue: string): void {
    for (const waiter of this.#waiters) if (waiter.queue === queue) waiter.wake()
  }

  wakeAll(): void {
    for (const { wake } of this.#waiters) wake()
  }
}
