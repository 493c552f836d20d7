import type { Broker } from '../broker/broker.js'
import type { QueueSummary } from '../broker/control.js'
import type { Retention, ReturnedJob } from '../broker/job-store.js'
import { ArgumentError } from '../core/errors.js'
import { hasEnded, JOB_STATES } from '../core/job-state.js'
import { BATCH_MAX } from '../core/limits.js'
import { FOR_EVER, type Patience, rest, withPatience } from './patience.js'
import { KEEP_ALL, readPolicy } from './policies.js'

/** What a monitor tells as it goes. */
export interface MonitorEvents {
  /** A lease had ended, and this monitor, not another and no worker, took its job back. */
  readonly onReturned: (queue: string, job: ReturnedJob) => void
  /** Old history of a queue went, as its policy says. */
  readonly onDropped: (queue: string, count: number) => void
  /** The store failed; it is tried again. */
  readonly onFault: (error: unknown) => void
  /** The store has done a pass. */
  readonly onAnswer: () => void
}

/** How a monitor looks after its kitchen. */
export interface MonitorConfig {
  /** Between two looks while no lease ends; 100 milliseconds or more. */
  readonly everyMs: number
  /** What its owners want to keep of a queue's history; null when they have not said: then all of it stays. */
  readonly keepOf: (queue: string) => Promise<Retention | null>
  readonly events: MonitorEvents
}

/** Between two looks for old history. */
const HISTORY_MS = 60_000

/** A lease that has ended can be taken back this much later, on any store's clock. */
const END_MS = 5

/** Leases that end one after another must not make a busy loop. */
const REST_MS_MIN = 50

/**
 * Looks after all queues of a kitchen: ended leases return their jobs, due jobs become ready, old history goes. Each worker does
 * as much for its own queue; a monitor is for queues that nobody works now, and tells what it found. Any number of them, and
 * of workers, may do it at once: each job is returned, and told, by one.
 */
export class Monitor {
  readonly #broker: Broker
  readonly #config: MonitorConfig
  #historyAtMs = Number.NEGATIVE_INFINITY

  constructor(broker: Broker, config: MonitorConfig) {
    this.#broker = broker
    this.#config = config
  }

  /**
   * Goes on until the signal aborts; waits for a store that is away.
   *
   * @throws What the store failed with for good.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { events } = this.#config
    const patience: Patience = {
      patienceMs: FOR_EVER,
      onFault: (error) => events.onFault(error),
      onAnswer: () => events.onAnswer(),
      signal,
    }
    while (!signal.aborted) {
      try {
        await rest(await withPatience(() => this.pass(), patience), signal)
      } catch (error) {
        // Who is told to stop while the store is away need not hear from it.
        if (!signal.aborted) throw error
      }
    }
  }

  /**
   * Looks once at all queues, and does what is to be done: one round trip when nothing is.
   *
   * @returns Milliseconds until it is worth to look again.
   */
  async pass(): Promise<number> {
    const isHistoryDue = performance.now() - this.#historyAtMs >= HISTORY_MS
    const queues = await this.#broker.queues()
    const untilEnds = await Promise.all(queues.map((summary) => this.#lookAfter(summary, isHistoryDue)))
    if (isHistoryDue) this.#historyAtMs = performance.now()
    return Math.max(REST_MS_MIN, Math.min(this.#config.everyMs, ...untilEnds))
  }

  /** @returns Milliseconds until its next lease ends, unless that is renewed. */
  async #lookAfter({ queue, counts }: QueueSummary, isHistoryDue: boolean): Promise<number> {
    const leftMs = counts.running > 0 ? await this.#leaseLeftMs(queue) : Number.POSITIVE_INFINITY
    const hasHistory = JOB_STATES.some((state) => hasEnded(state) && counts[state] > 0)
    const keep = isHistoryDue && hasHistory ? await this.#config.keepOf(queue) : null
    if (leftMs <= 0 || counts.scheduled > 0 || keep !== null) await this.#sweep(queue, keep ?? KEEP_ALL)
    return leftMs > 0 ? leftMs + END_MS : Number.POSITIVE_INFINITY
  }

  async #leaseLeftMs(queue: string): Promise<number> {
    const held = (await this.#broker.leases(queue)).filter(({ jobs }) => jobs.length > 0)
    return Math.min(...held.map(({ leftMs }) => leftMs))
  }

  async #sweep(queue: string, keep: Retention): Promise<void> {
    const { events } = this.#config
    for (;;) {
      const { returned, droppedCount, hasMore } = await this.#broker.sweep({ queue, keep, countMax: BATCH_MAX })
      for (const job of returned) events.onReturned(queue, job)
      if (droppedCount > 0) events.onDropped(queue, droppedCount)
      if (!hasMore) return
    }
  }
}

/**
 * What the policies of the queues of a kitchen say that is to be kept; a bound that a policy does not name keeps all.
 *
 * @returns null for a queue whose owners have not said; also for a policy that nobody can read: that is no leave to drop anything.
 */
export const keptByPolicy =
  (broker: Broker): MonitorConfig['keepOf'] =>
  async (queue) => {
    try {
      const { keep } = await readPolicy(broker, queue)
      return keep === undefined ? null : { ...KEEP_ALL, ...keep }
    } catch (error) {
      if (error instanceof ArgumentError) return null
      throw error
    }
  }
