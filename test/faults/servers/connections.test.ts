import assert from 'node:assert/strict'
import pg from 'pg'
import { test } from 'vitest'
import { openKitchen } from '#hob/index.js'
import { hob } from '../../cli/hob.js'
import { keptItsWord } from '../../support/ledger.js'
import { onServer } from '../../support/servers/on-server.js'
import { PostgresServer } from '../../support/servers/postgres.js'
import { until } from '../../support/until.js'

/** So few that a test can take them all. */
const CONNECTIONS = 20

const start = () =>
  PostgresServer.start({
    settings: { max_connections: `${CONNECTIONS}`, superuser_reserved_connections: '0', max_wal_senders: '0' },
  })

/** Takes connections of a server until it has none left. */
class Crowd {
  readonly #url: string
  readonly #clients: pg.Client[] = []

  constructor(url: string) {
    this.#url = url
  }

  async takeAll(): Promise<void> {
    for (;;) {
      const client = new pg.Client({ connectionString: this.#url, application_name: 'crowd' })
      client.on('error', () => {})
      try {
        await client.connect()
      } catch (error) {
        assert.equal((error as { readonly code?: string }).code, '53300')
        return
      }
      this.#clients.push(client)
    }
  }

  /** Ends everybody else's connections, and takes those. */
  async takeTheOthers(): Promise<void> {
    const [first] = this.#clients
    await until('all connections are of the crowd', async () => {
      await first?.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND application_name <> 'crowd'`,
      )
      await this.takeAll()
      return this.#clients.length === CONNECTIONS
    })
  }

  async leave(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.end()))
  }
}

test('a PostgreSQL without a free connection is told in one line, and a worker is back when there is one', () =>
  onServer(start, async ({ server, farm, load }) => {
    load.worker('worker')
    load.sender()
    await load.goesOn()
    const crowd = new Crowd(server.url)
    try {
      await crowd.takeAll()
      // Who has a connection works on.
      await load.goesOn()
      await crowd.takeTheOthers()
      await assert.rejects(openKitchen(server.url), { name: 'KitchenError', code: 'busy', hint: /max_connections/ })
      const { status, err } = await hob(['status', '-k', server.url], { cwd: farm.folder })
      assert.notEqual(status, 0)
      assert.doesNotMatch(err, /\n {4}at /)
      assert.match(err, /max_connections/)
    } finally {
      await crowd.leave()
    }
    await load.goesOn()
    await load.drain()
    await keptItsWord(farm)
  }))
