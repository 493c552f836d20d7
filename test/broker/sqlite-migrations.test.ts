import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openSqlite } from '#hob/broker/sqlite/open.js'
import { migrations } from '#hob/broker/sqlite/statements.generated.js'
import { until } from '../support/until.js'

const [first = '', second = ''] = migrations

/** Opens a kitchen that an older Hob has made and filled by these statements. */
async function withOldKitchen(
  { made, filled }: { readonly made: readonly string[]; readonly filled: string },
  look: (broker: Broker) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hob-migrations-'))
  try {
    const file = join(folder, 'hob.db')
    const old = new Database(file)
    for (const statement of [...made, filled]) old.exec(statement)
    old.pragma(`application_id = ${0x486f6200}`)
    old.pragma(`user_version = ${made.length}`)
    old.close()

    const broker = await openSqlite({ file, synchronous: 'full', create: false, nowMs: Date.now })
    assert.equal((await broker.describe()).schemaVersion, migrations.length)
    await look(broker)
    await broker.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a kitchen of the first schema is brought up to date, and what it holds stays', () =>
  withOldKitchen({ made: [first], filled: "INSERT INTO record VALUES ('x', '1', 7, NULL)" }, async (broker) => {
    assert.deepEqual(await broker.record('x'), { key: 'x', value: '1', version: 7 })
    await broker.commit([{ put: [{ key: 'y', value: '2' }] }])
    assert.equal((await broker.record('y'))?.version, 8)
  }))

test('the queues of a kitchen of the second schema are not paused, and its records can be watched', () =>
  withOldKitchen(
    {
      made: [first, second],
      filled: "INSERT INTO queue (name) VALUES ('q'); INSERT INTO record VALUES ('color/a', '1', 1, NULL)",
    },
    async (broker) => {
      assert.deepEqual(
        (await broker.queues()).map(({ queue, isPaused }) => ({ queue, isPaused })),
        [{ queue: 'q', isPaused: false }],
      )
      let count = 0
      broker.watch('color', () => {
        count += 1
      })
      await until('it is called at the start', () => count === 1)
      await broker.commit([{ put: [{ key: 'color/a', value: null }] }])
      await until('it is called for a change', () => count === 2)
      await broker.pause({ queue: 'q', isPaused: true })
      assert.equal((await broker.queues())[0]?.isPaused, true)
    },
  ))
