import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { sqlOf } from '#hob/broker/postgres/sql.js'
import { send } from '../laws/shorthand.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'

/** What a take by itself answers. */
interface Taken {
  readonly is_due: boolean | null
  readonly ids: string | null
}

/** Runs on a kitchen of its own, with the statements of takes as they are. */
async function onTakes(
  run: (parts: {
    readonly broker: Broker
    readonly query: (text: string) => Promise<unknown>
    readonly take: (name: 'take' | 'takeAll', countMax: number, suspectsMax?: number) => Promise<Taken>
  }) => Promise<void>,
): Promise<void> {
  const schema = `take_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const url = await sharedPostgresUrl()
  const broker = await openPostgres({ url: `${url}?schema=${schema}`, create: true })
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema}` })
  try {
    await client.connect()
    await run({
      broker,
      query: (text) => client.query(text),
      async take(name, countMax, suspectsMax = 1) {
        const { rows } = await client.query<{ id: number }>('SELECT id FROM queue')
        const values = [rows[0]?.id, countMax, suspectsMax, 'node', 60_000]
        const { is_due, ids } = (await client.query<Taken>(sqlOf(schema)[name].text, values)).rows[0] ?? {}
        return { is_due: is_due ?? null, ids: ids ?? null }
      },
    })
  } finally {
    await client.query(`DROP SCHEMA ${schema} CASCADE`)
    await client.end()
    await broker.close()
  }
}

test('a pause that comes while a take sees to what is due holds for that take', () =>
  onTakes(async ({ broker, take }) => {
    await send(broker, 'a')
    await broker.pause({ queue: 'q', isPaused: true })
    assert.equal((await take('takeAll', 1)).ids, null)
    await broker.pause({ queue: 'q', isPaused: false })
    assert.equal((await take('takeAll', 1)).ids, '1')
  }))

test('a suspect makes no take go the long way that ends before it', () =>
  onTakes(async ({ broker, query, take }) => {
    await send(broker, 'a', 'b', 'suspect', 'c', 'd', 'e')
    await query('UPDATE line SET lane = 5000 WHERE id = 3; UPDATE job SET crashes = 2 WHERE id = 3')
    assert.deepEqual(await take('take', 3), { is_due: true, ids: null })
    assert.deepEqual(await take('take', 1), { is_due: false, ids: '1' })
    assert.deepEqual(await take('take', 2, 0), { is_due: false, ids: '2 4' })
    assert.deepEqual(await take('take', 1), { is_due: true, ids: null })
    assert.deepEqual(await take('takeAll', 2), { is_due: false, ids: '3 5' })
    assert.deepEqual(await take('take', 2), { is_due: false, ids: '6' })
  }))

test('a paused queue with a suspect gives nothing, and has nothing to be seen to', () =>
  onTakes(async ({ broker, query, take }) => {
    await send(broker, 'suspect')
    await query('UPDATE line SET lane = 5000; UPDATE job SET crashes = 2')
    await broker.pause({ queue: 'q', isPaused: true })
    assert.deepEqual(await take('take', 1), { is_due: null, ids: null })
  }))
