import type { QueueWorker } from '../queue/queue.js'
import type { WorkOptions } from '../queue/work-options.js'
import type { QueueHolder } from '../queue/worker-definition.js'
import type { FoundWorker } from './worker-modules.js'

/** All workers of one `hob work`, as one that is started and stopped. */
export class WorkCrew {
  #workers: readonly QueueWorker[] = []
  #isStopped = false

  /** Whether it was told to stop, perhaps before it began. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /**
   * Starts them all; none when it was told to stop before.
   *
   * @throws ArgumentError when the options of one are out of bounds; those that were started are stopped.
   */
  async start(kitchen: QueueHolder, found: readonly FoundWorker[], options: WorkOptions): Promise<void> {
    if (this.#isStopped) return
    try {
      for (const { worker } of found) this.#workers = [...this.#workers, worker.start(kitchen, options)]
    } catch (error) {
      this.abort()
      await Promise.allSettled(this.#workers.map(({ finished }) => finished))
      throw error
    }
  }

  /** Resolves when all have ended. When one fails for good, the others are stopped, and may end what they run. @throws What it failed with. */
  async finished(): Promise<void> {
    const endings = this.#workers.map(({ finished }) =>
      finished.catch((error: unknown) => {
        this.stop()
        throw error
      }),
    )
    const results = await Promise.allSettled(endings)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Takes no more; what runs may end, within `deadlineMs` where that is given. Whoever waits for {@link finished} hears how it ended. */
  stop(options: { readonly deadlineMs?: number } = {}): void {
    this.#isStopped = true
    for (const worker of this.#workers) worker.stop(options).catch(() => {})
  }

  /** Tells what runs to stop, and gives its jobs back. */
  abort(): void {
    this.stop({ deadlineMs: 0 })
  }
}
