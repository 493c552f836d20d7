import type { Broker } from './broker/broker.js'
import { type OpenOptions, openBroker } from './engines.js'

/** One open store of jobs and records. */
export class Kitchen {
  readonly url: string
  readonly broker: Broker

  constructor(url: string, broker: Broker) {
    this.url = url
    this.broker = broker
  }

  /** Lets go of the store. Safe twice. */
  async close(): Promise<void> {
    await this.broker.close()
  }
}

/**
 * Opens the kitchen that a URL names.
 *
 * @param url `sqlite:FILE`, with `?synchronous=normal` to trade a loss window for speed; or `memory:`, for tests.
 * @throws KitchenError when the URL names no kitchen, or it cannot be opened.
 */
export async function openKitchen(url: string, options: OpenOptions = {}): Promise<Kitchen> {
  return new Kitchen(url, await openBroker(url, options))
}
