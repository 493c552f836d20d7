import { KitchenError } from '../../core/errors.js'
import type { Broker } from '../broker.js'
import { composeBroker } from '../compose.js'
import { PostgresControl } from './control.js'
import { kitchenError } from './errors.js'
import { Holdings } from './holdings.js'
import { PostgresJobs } from './jobs.js'
import { type Driver, Link } from './link.js'
import { Marks } from './marks.js'
import { Pool } from './pool.js'
import { Queues } from './queues.js'
import { Reader } from './reader.js'
import { PostgresRecords } from './records.js'
import { prepareSchema } from './schema.js'
import { sqlOf } from './sql.js'
import { PostgresTransactions } from './transactions.js'
import { parsePostgresUrl, placeName } from './url.js'
import { PostgresWakeups } from './wakeups.js'
import { Writer } from './writer.js'

/** How to open a kitchen on PostgreSQL. */
export interface PostgresOptions {
  /** As `parsePostgresUrl` reads it. */
  readonly url: string
  readonly create: boolean
  /** Moves the fronts of lanes at each take, so that tests see what it does. */
  readonly raiseAlways?: boolean
}

/**
 * Opens a kitchen in a schema of a PostgreSQL database, which any number of processes on any machines may share.
 *
 * @throws KitchenError `url`, `missing`, `unreachable`, `denied`, `foreign`, `newer`, `busy` or `full`.
 */
export async function openPostgres({ url, create, raiseAlways = false }: PostgresOptions): Promise<Broker> {
  const place = parsePostgresUrl(url)
  const name = placeName(place)
  const driver = await loadDriver()
  const open = async () => {
    try {
      return await Link.open(driver, place)
    } catch (error) {
      throw kitchenError(error, name)
    }
  }
  const link = await open()
  try {
    await prepareSchema(link, place.schema, { create, place: name })
  } catch (error) {
    link.destroy()
    throw kitchenError(error, name)
  }
  const sql = sqlOf(place.schema)
  const pool = new Pool(open, place.poolMax)
  pool.add(link)
  const queues = new Queues(sql)
  const reader = new Reader(pool, sql, name)
  const marks = new Marks(pool, sql, { raiseAlways })
  const holdings = new Holdings()
  const onTaken = (queueId: number, count: number) => marks.taken(queueId, count)
  const writer = new Writer({ pool, sql, queues, holdings, place: name, onTaken })
  const wakeups = new PostgresWakeups(open, { sql, queues, schema: place.schema, onLost: () => pool.distrust() })
  return composeBroker({
    capabilities: { opensInThreads: true, writesInTurn: false },
    jobStore: new PostgresJobs({ writer, reader, queues, holdings }),
    records: new PostgresRecords(reader),
    wakeups,
    control: new PostgresControl(reader, queues, name),
    transactions: new PostgresTransactions(sql, name),
    async close() {
      await wakeups.close()
      await writer.drain()
      try {
        await marks.drain()
      } finally {
        await pool.close()
      }
    },
  })
}

/** Loaded here and not above: whoever keeps a kitchen elsewhere needs no driver. */
async function loadDriver(): Promise<Driver> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new KitchenError('url', 'a PostgreSQL kitchen needs the package pg', { hint: 'npm install pg', cause })
  }
}
