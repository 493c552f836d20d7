import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'
import type { EngineUnderTest, Scratch } from './engine.js'

/** One connection of the tests' own for each file, beside those of the kitchens. */
let admin: Promise<pg.Client> | null = null

function connect(): Promise<pg.Client> {
  admin ??= sharedPostgresUrl().then(async (connectionString) => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    return client
  })
  return admin
}

const START_MS = 1_700_000_000_000

/** A kitchen in a schema of its own, its store's clock in the test's hand. */
async function openScratch({ raiseAlways }: { readonly raiseAlways: boolean }): Promise<Scratch> {
  const client = await connect()
  const schema = `laws_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const url = `${await sharedPostgresUrl()}?schema=${schema}`
  const open = () => openPostgres({ url, create: true, raiseAlways })
  let broker = await open()
  await client.query(`
    CREATE TABLE ${schema}.test_clock (ms bigint NOT NULL);
    INSERT INTO ${schema}.test_clock VALUES (${START_MS});
    CREATE OR REPLACE FUNCTION ${schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
      AS 'SELECT ms FROM ${schema}.test_clock'`)
  return {
    get broker() {
      return broker
    },
    async pass(ms) {
      // Nobody tells waiters that the clock of a test has moved, so it does.
      await client.query(`UPDATE ${schema}.test_clock SET ms = ms + ${ms}; NOTIFY "hob:${schema}"`)
    },
    async reopen() {
      await broker.close()
      broker = await open()
      return broker
    },
    async begin() {
      const handle = new pg.Client({ connectionString: await sharedPostgresUrl() })
      await handle.connect()
      await handle.query('BEGIN')
      let isOver = false
      const end = async (statement: string) => {
        if (isOver) return
        isOver = true
        await handle.query(statement)
        await handle.end()
      }
      return { handle, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') }
    },
    async dispose() {
      await broker.close()
      await client.query(`DROP SCHEMA ${schema} CASCADE`)
    },
  }
}

/** The PostgreSQL engine on a real server. */
export const postgresEngine: EngineUnderTest = {
  name: 'postgres',
  exempt: {},
  joinsTransactions: true,
  open: () => openScratch({ raiseAlways: false }),
}

/** The same, the fronts of its lanes moved as far as they may be at each take. */
export const eagerPostgresEngine: EngineUnderTest = {
  ...postgresEngine,
  name: 'postgres, its fronts moved at each take',
  open: () => openScratch({ raiseAlways: true }),
}
