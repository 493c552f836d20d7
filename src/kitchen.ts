import type { Broker } from './broker/broker.js'
import { absoluteUrl, type OpenOptions, openBroker } from './engines.js'
import { Heartbeat } from './queue/heartbeat.js'
import type { ThreadOpener } from './queue/keeper-thread.js'
import { Queue } from './queue/queue.js'
import { Schedules } from './queue/schedules.js'

/** One open store of jobs and records. */
export class Kitchen implements AsyncDisposable {
  readonly url: string
  readonly broker: Broker
  /** Keeps the leases of all workers that this process has on this kitchen. */
  readonly heartbeat: Heartbeat

  constructor(url: string, broker: Broker) {
    this.url = url
    this.broker = broker
    this.heartbeat = new Heartbeat(broker, this.#opener)
  }

  /** What sends jobs at stated times; a `Scheduler` ticks them. */
  get schedules(): Schedules {
    return new Schedules(this.broker)
  }

  /** A named line of jobs; it comes into being with its first job. */
  queue(name: string): Queue {
    return new Queue(name, this.broker, this.heartbeat)
  }

  /** Where the heartbeat's thread opens this kitchen again; null when it cannot. */
  get #opener(): ThreadOpener | null {
    if (!this.broker.capabilities.opensInThreads) return null
    return { module: new URL('./engines.js', import.meta.url).href, url: this.url }
  }

  /** Lets go of the store; stop the workers first. Safe twice. */
  async close(): Promise<void> {
    await this.broker.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Opens the kitchen that a URL names.
 *
 * @param url `sqlite:FILE`, with `?synchronous=normal` to trade a loss window for speed; or `memory:`, for tests.
 * @throws KitchenError when the URL names no kitchen, or it cannot be opened.
 */
export async function openKitchen(url: string, options: OpenOptions = {}): Promise<Kitchen> {
  // Errors name the file as the caller did; what is opened later must be the same, wherever the process goes.
  const lasting = absoluteUrl(url)
  return new Kitchen(lasting, await openBroker(url, options))
}
