import type { Broker } from '../broker/broker.js'
import type { Clock } from '../core/clock.js'
import { Scheduler } from './scheduler.js'

interface Member {
  readonly onFault: (error: unknown) => void
}

/** The scheduler of a process: it runs while somebody in it works. */
export class SharedScheduler {
  readonly #broker: Broker
  readonly #clock: Clock | undefined
  readonly #members = new Set<Member>()
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
    const member: Member = { onFault }
    this.#members.add(member)
    if (this.#members.size === 1) this.#start()
    return async () => {
      if (this.#members.delete(member) && this.#members.size === 0) this.#stop()
      await this.#stopping
    }
  }

  /** Ends it, whoever is still there; for a kitchen that is closed. */
  async close(): Promise<void> {
    this.#stop()
    await this.#stopping
  }

  #start(): void {
    const clock = this.#clock === undefined ? {} : { clock: this.#clock }
    const onFault = (error: unknown) => this.#fault(error)
    this.#scheduler = new Scheduler(this.#broker, { events: { onFault }, ...clock })
    try {
      this.#scheduler.start()
    } catch (error) {
      // A closed kitchen: whoever joined is about to hear of it from its next call.
      onFault(error)
    }
  }

  /** All are told: whoever joined first may be the first to leave. */
  #fault(error: unknown): void {
    for (const { onFault } of this.#members) onFault(error)
  }

  #stop(): void {
    const scheduler = this.#scheduler
    this.#scheduler = null
    // A store that is away is no reason not to end: its leader's record ends by itself.
    if (scheduler !== null) this.#stopping = scheduler.stop().catch(() => {})
  }
}
