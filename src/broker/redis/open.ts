import { randomUUID } from 'node:crypto'
import { KitchenError } from '../../core/errors.js'
import type { Broker } from '../broker.js'
import { composeBroker } from '../compose.js'
import { noKitchen } from '../no-kitchen.js'
import { RedisControl } from './control.js'
import { RedisJobs } from './jobs.js'
import { Link } from './link.js'
import { RedisRecords } from './records.js'
import { makeScripts } from './scripts.js'
import { askServer } from './server.js'
import { parseRedisUrl } from './url.js'
import { RedisWakeups } from './wakeups.js'
import { Writer } from './writer.js'

/** How to open a kitchen on Redis. */
export interface RedisOptions {
  /** Makes the kitchen when there is none; else that is a KitchenError `missing`. */
  readonly create: boolean
  /** Lua text in the place of part-clock: tests have a clock of their own. */
  readonly clock?: string
}

/** The version of how keys and values are laid out. */
const SCHEMA = 2

/**
 * Opens a kitchen on Redis or Valkey; `url` as `parseRedisUrl` reads it.
 *
 * @throws KitchenError `url`, `unreachable`, `denied`, `missing`, `foreign`, `newer`; `fault` when the server is unfit.
 */
export async function openRedis(url: string, { create, clock }: RedisOptions): Promise<Broker> {
  const place = parseRedisUrl(url)
  const scripts = makeScripts(clock)
  const link = await Link.connect(place, scripts)
  try {
    const server = await askServer(link)
    const id = await openKitchen(link, create)
    const writer = new Writer(link, id, server.confirm)
    const wakeups = new RedisWakeups(link, writer, id)
    return composeBroker({
      capabilities: { opensInThreads: true, writesInTurn: false },
      jobStore: new RedisJobs(writer, scripts, wakeups),
      records: new RedisRecords(writer, scripts),
      wakeups,
      control: new RedisControl(writer, link, server),
      async close() {
        wakeups.close()
        await writer.drain()
        await link.close()
      },
    })
  } catch (error) {
    await link.close()
    throw error
  }
}

/** The id of the kitchen that stands there, perhaps made just now. */
async function openKitchen(link: Link, create: boolean): Promise<string> {
  const reply = await link.run(link.scripts.open, [create ? randomUUID() : '', SCHEMA])
  if (reply === 'missing') {
    throw noKitchen(link.name)
  }
  if (reply === 'foreign') {
    throw new KitchenError('foreign', `${link.name} holds something of another program`, {
      hint: 'Name another kitchen: redis://host/NAME',
    })
  }
  const [id, schema] = reply as readonly [string, string]
  if (Number(schema) > SCHEMA) {
    const message = `${link.name} was made by a newer Hob (schema ${schema}, this one knows ${SCHEMA})`
    throw new KitchenError('newer', message, { hint: 'Update Hob on this machine.' })
  }
  return id
}
