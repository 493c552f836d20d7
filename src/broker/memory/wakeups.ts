import type { Clock } from '../../core/clock.js'
import type { Wakeups } from '../wakeups.js'
import type { Queue } from './queue.js'
import type { MemoryStore } from './store.js'

/** Waiting on a memory kitchen: each change rings a bell, and the clock tells when a job falls due or a lease ends. */
export class MemoryWakeups implements Wakeups {
  readonly #store: MemoryStore
  readonly #clock: Clock
  /** Ends each wait that goes on. */
  readonly #waiting = new Set<() => void>()
  readonly #watching = new Set<() => void>()

  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  wait(name: string, { mostMs, signal }: { readonly mostMs: number; readonly signal?: AbortSignal }): Promise<void> {
    if (mostMs === 0 || signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      let cancelNext = (): void => {}
      const look = (): void => {
        cancelNext()
        const inMs = nextInMs(this.#store.queues.get(name), this.#clock.nowMs())
        if (inMs <= 0) finish()
        else if (inMs < Number.POSITIVE_INFINITY) cancelNext = this.#clock.after(inMs, look)
      }
      const finish = (): void => {
        cancelNext()
        cancelMost()
        stopListening()
        signal?.removeEventListener('abort', finish)
        this.#waiting.delete(finish)
        resolve()
      }
      const cancelMost = this.#clock.after(mostMs, finish)
      const stopListening = this.#store.bell.listen(name, look)
      signal?.addEventListener('abort', finish)
      this.#waiting.add(finish)
      look()
    })
  }

  watch(topic: string, onChange: () => void): () => void {
    let planned: NodeJS.Immediate | undefined
    const plan = (): void => {
      planned ??= setImmediate(() => {
        planned = undefined
        onChange()
      })
    }
    const stopListening = this.#store.recordBell.listen(topic, plan)
    const end = (): void => {
      stopListening()
      clearImmediate(planned)
      this.#watching.delete(end)
    }
    this.#watching.add(end)
    plan()
    return end
  }

  close(): void {
    for (const finish of [...this.#waiting]) finish()
    for (const end of [...this.#watching]) end()
  }
}

/** Milliseconds until the queue has something to take, as far as is known now: 0 or less when it has. */
function nextInMs(queue: Queue | undefined, nowMs: number): number {
  if (!queue || queue.isPaused) return Number.POSITIVE_INFINITY
  if (queue.counts.ready > 0) return 0
  const leaseEnds = [...queue.leases.values()].map((lease) => lease.untilMs)
  return Math.min(queue.scheduled.first()?.dueMs ?? Number.POSITIVE_INFINITY, ...leaseEnds) - nowMs
}
