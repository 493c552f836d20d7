import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { test } from 'vitest'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { sqlOf } from '#hob/broker/postgres/sql.js'
import { send } from '../laws/shorthand.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'

test('a pause that comes while a take sees to what is due holds for that take', async () => {
  const schema = `take_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const url = await sharedPostgresUrl()
  const broker = await openPostgres({ url: `${url}?schema=${schema}`, create: true })
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await send(broker, 'a')
    const { rows } = await client.query<{ id: number }>(`SELECT id FROM ${schema}.queue`)
    const takeAll = async () =>
      (await client.query(sqlOf(schema).takeAll.text, [rows[0]?.id, 1, 1, 'node', 1_000])).rows[0].ids
    await broker.pause({ queue: 'q', isPaused: true })
    assert.equal(await takeAll(), null)
    await broker.pause({ queue: 'q', isPaused: false })
    assert.equal(await takeAll(), '1')
  } finally {
    await client.query(`DROP SCHEMA ${schema} CASCADE`)
    await client.end()
    await broker.close()
  }
})
