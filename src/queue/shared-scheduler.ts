import type { Broker } from '../broker/broker.js'
import type { Clock } from '../core/clock.js'
import { Scheduler } from './scheduler.js'

/** The scheduler of a process: it runs while somebody in it works. */
export class SharedScheduler {
  readonly #broker: Broker
  readonly #clock: Clock | undefined
  #members = 0
  #scheduler: Scheduler | null = null
  #stopping: Promise<void> = Promise.resolve()

  /** @param clock One that is never set; this process's unless given. */
  constructor(broker: Broker, clock?: Clock) {
    this.#broker = broker
    this.#clock = clock
  }

  /**
   * Has schedules ticked from now on, until all who joined have left.
   *
   * @param onFault Told when the store fails the scheduler, which asks again.
   * @returns How to leave; it resolves when nothing is under way. Safe twice.
   */
  join(onFault: (error: unknown) => void): () => Promise<void> {
    if (this.#members++ === 0) this.#start(onFault)
    let hasLeft = false
    return async () => {
      if (!hasLeft) {
        hasLeft = true
        if (--this.#members === 0) this.#stop()
      }
      await this.#stopping
    }
  }

  /** Ends it, whoever is still there; for a kitchen that is closed. */
  async close(): Promise<void> {
    this.#stop()
    await this.#stopping
  }

  #start(onFault: (error: unknown) => void): void {
    const clock = this.#clock === undefined ? {} : { clock: this.#clock }
    this.#scheduler = new Scheduler(this.#broker, { events: { onFault }, ...clock })
    this.#scheduler.start()
  }

  #stop(): void {
    const scheduler = this.#scheduler
    this.#scheduler = null
    // A store that is away is no reason not to end: its leader's record ends by itself.
    if (scheduler !== null) this.#stopping = scheduler.stop().catch(() => {})
  }
}
