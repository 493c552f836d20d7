import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { test } from 'vitest'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { inSchema } from '#hob/broker/postgres/sql.js'
import { migrations } from '#hob/broker/postgres/statements.generated.js'
import { at, lifeOf, send, settle, takeNames, takeOne } from '../laws/shorthand.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'

const [first = ''] = migrations

test('a kitchen of the first schema is brought up to date, and what it holds stays', async () => {
  const schema = `old_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const url = await sharedPostgresUrl()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.kitchen AS SELECT 1 AS version`)
    await client.query(inSchema(first, schema))
    await client.query(`INSERT INTO ${schema}.record VALUES ('x', '1', 7, NULL)`)

    const broker = await openPostgres({ url: `${url}?schema=${schema}`, create: false })
    try {
      assert.equal((await broker.describe()).schemaVersion, migrations.length)
      assert.deepEqual(await broker.record('x'), { key: 'x', value: '1', version: 7 })
      const ids = await send(broker, 'a', 'b')
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      assert.deepEqual(await broker.change(ids, { kind: 'cancel', reason: 'no' }), ['unfit', 'changed'])
      const { state, node, startedMs } = await lifeOf(broker, at(ids, 1))
      assert.deepEqual([state, node, startedMs], ['cancelled', null, null])
      assert.deepEqual(await broker.change(ids, { kind: 'retry' }), ['changed', 'changed'])
      assert.deepEqual(await takeNames(broker), ['a', 'b'])
    } finally {
      await broker.close()
    }
  } finally {
    await client.query(`DROP SCHEMA ${schema} CASCADE`)
    await client.end()
  }
})
