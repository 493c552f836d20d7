import type { Broker } from './broker/broker.js'
import { KitchenError } from './core/errors.js'

/** How to open a kitchen. */
export interface OpenOptions {
  /** Makes the store when there is none; true unless given. False: a missing one is a KitchenError `missing`. */
  readonly create?: boolean
}

/**
 * Opens the broker that a URL names: `sqlite:FILE` or `memory:`. The one place that names the engines.
 *
 * @throws KitchenError when the URL names no engine, or the store cannot be opened.
 */
export async function openBroker(url: string, options: OpenOptions = {}): Promise<Broker> {
  throw new KitchenError('url', `'${url}' names no kitchen`, {
    hint: `Write it like sqlite:.hob/hob.db. ${options.create}`,
  })
}
