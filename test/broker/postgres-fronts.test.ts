import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { test } from 'vitest'
import { Link } from '#hob/broker/postgres/link.js'
import { Marks } from '#hob/broker/postgres/marks.js'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { Pool } from '#hob/broker/postgres/pool.js'
import { sqlOf } from '#hob/broker/postgres/sql.js'
import { parsePostgresUrl } from '#hob/broker/postgres/url.js'
import { eagerPostgresEngine } from '../laws/postgres-engine.js'
import { LEASE_MS, newJob, send, takeNames, takeOne } from '../laws/shorthand.js'
import { PostgresServer } from '../support/servers/postgres.js'

/** Fronts are moved after a take, and nobody waits for it. */
const FRONTS_MS = 200

// On a server of its own, where no transaction of another test keeps the fronts where they are.
test('a front waits for a transaction that goes on, also when none that began later has ended', async () => {
  const server = await PostgresServer.start()
  const place = parsePostgresUrl(server.url)
  const broker = await openPostgres({ url: server.url, create: true })
  const pool = new Pool(() => Link.open(pg, place), 2)
  const marks = new Marks(pool, sqlOf(place.schema), { raiseAlways: true })
  const client = new pg.Client({ connectionString: server.url })
  try {
    await client.connect()
    await send(broker, 'early')
    assert.deepEqual(await takeNames(broker), ['early'])
    const { rows } = await client.query<{ id: number }>(`SELECT id FROM ${place.schema}.queue`)
    await client.query('BEGIN')
    await broker.commitWithin(client, [{ send: [{ queue: 'q', payload: '"slow"' }] }])
    // Till the clock shows more than the place of what was sent.
    await sleep(5)
    const raise = async () => {
      for (let n = 0; n < 3; n += 1) {
        marks.taken(rows[0]?.id ?? 0, 1)
        await marks.drain()
      }
      const front = await client.query<{ start: string }>(`SELECT start FROM ${place.schema}.lane WHERE lane = 0`)
      return Number(front.rows[0]?.start)
    }
    const before = await raise()
    await client.query('COMMIT')
    assert.deepEqual(await takeNames(broker), ['slow'])
    await sleep(5)
    assert.ok((await raise()) > before, 'it moves when nobody is left')
  } finally {
    await client.end()
    await pool.close()
    await broker.close()
    await server.dispose()
  }
})

test('what is renewed or changed after time was turned back is not left behind the fronts', async () => {
  const scratch = await eagerPostgresEngine.open()
  const { broker, pass } = scratch
  try {
    const [, , , late] = await send(broker, 'a', 'b', 'ready', newJob('late', { delayMs: LEASE_MS }))
    assert.ok(late)
    // The second take moves the fronts to when the first was.
    const held = await takeOne(broker)
    await sleep(FRONTS_MS)
    await takeOne(broker)
    await sleep(FRONTS_MS)
    await pass(-5_000)
    await broker.extend([held.lease], 1_000)
    assert.equal((await broker.leases('q')).length, 2)

    await broker.extend([held.lease], LEASE_MS)
    await pass(5_000)
    await takeOne(broker)
    await sleep(FRONTS_MS)
    await pass(-5_000)
    assert.deepEqual(await broker.change([late], { kind: 'retry' }), ['changed'])
    assert.deepEqual(await takeNames(broker), ['late'])
  } finally {
    await scratch.dispose()
  }
})
