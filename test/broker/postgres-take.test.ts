import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { test, vi } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { sqlOf } from '#hob/broker/postgres/sql.js'
import { newJob, send, takeNames } from '../laws/shorthand.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'

/** What a take by itself answers. */
interface Taken {
  readonly first: string | null
  readonly ids: string | null
}

/** Makes one of the second job. */
const SUSPECT = 'UPDATE line SET lane = 5000 WHERE id = 2; UPDATE job SET crashes = 2 WHERE id = 2'

/** Runs on a kitchen of its own, with the statements of takes as they are. */
async function onTakes(
  run: (parts: {
    readonly broker: Broker
    readonly query: (text: string) => Promise<unknown>
    readonly take: (name: 'take' | 'takeAll') => Promise<Taken>
    /** The names of the statements that the engine runs meanwhile. */
    readonly statementsOf: (run: () => Promise<unknown>) => Promise<readonly string[]>
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
      async take(name) {
        const { rows } = await client.query<{ id: number }>('SELECT id FROM queue')
        const answer = await client.query<Taken>(sqlOf(schema)[name].text, [rows[0]?.id, 1, 1, 'node', 60_000])
        const { first = null, ids = null } = answer.rows[0] ?? {}
        return { first, ids }
      },
      async statementsOf(run) {
        const asked = vi.spyOn(pg.Client.prototype, 'query')
        try {
          await run()
          const names = asked.mock.calls.map(([config]) => (config as { name?: string }).name)
          return names.flatMap((name) => name?.replace('hob_', '') ?? [])
        } finally {
          asked.mockRestore()
        }
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
    assert.equal((await take('takeAll')).ids, null)
    await broker.pause({ queue: 'q', isPaused: false })
    assert.equal((await take('takeAll')).ids, '1')
  }))

test('a suspect in line takes one statement more, and not all that what is due would take', () =>
  onTakes(async ({ broker, query, statementsOf }) => {
    await send(broker, 'a', 'suspect', 'b', newJob('later', { delayMs: 60_000 }))
    await query(SUSPECT)
    assert.deepEqual(await statementsOf(() => takeNames(broker, { countMax: 1 })), ['take', 'takeAll'])
    assert.deepEqual(await statementsOf(() => takeNames(broker, { countMax: 1, suspectsMax: 0 })), ['take'])
    assert.deepEqual(await takeNames(broker), ['suspect'])
    await query('UPDATE line SET place = 0; UPDATE lane SET start = 0')
    assert.ok((await statementsOf(() => takeNames(broker))).includes('makeDue'))
  }))

test('a paused queue with a suspect gives nothing, and has nothing to be seen to', () =>
  onTakes(async ({ broker, query, take }) => {
    await send(broker, 'a', 'suspect')
    await query(SUSPECT)
    await broker.pause({ queue: 'q', isPaused: true })
    assert.deepEqual(await take('take'), { first: null, ids: null })
  }))
