import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'vitest'
import { openSqlite } from '#hob/broker/sqlite/open.js'
import { migrations } from '#hob/broker/sqlite/statements.generated.js'

const [first = ''] = migrations

test('a kitchen of the first schema is brought up to date, and what it holds stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-migrations-'))
  try {
    const file = join(folder, 'hob.db')
    const old = new Database(file)
    old.exec(first)
    old.exec("INSERT INTO record VALUES ('x', '1', 7, NULL)")
    old.pragma(`application_id = ${0x486f6200}`)
    old.pragma('user_version = 1')
    old.close()

    const broker = await openSqlite({ file, synchronous: 'full', create: false, nowMs: Date.now })
    assert.equal((await broker.describe()).schemaVersion, migrations.length)
    assert.deepEqual(await broker.record('x'), { key: 'x', value: '1', version: 7 })
    await broker.commit([{ put: [{ key: 'y', value: '2' }] }])
    assert.equal((await broker.record('y'))?.version, 8)
    await broker.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
