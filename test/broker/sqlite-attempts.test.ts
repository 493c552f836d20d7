import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { test } from 'vitest'
import type { Outcome } from '#hob/broker/job-store.js'
import { openSqlite } from '#hob/broker/sqlite/open.js'

test('the attempts of a job go with it, those of its neighbours stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-attempts-'))
  const file = join(folder, 'hob.db')
  const broker = await openSqlite({ file, synchronous: 'full', create: true, nowMs: Date.now })
  const settle = async (outcome: Outcome, more: { readonly forget?: true } = {}) => {
    const jobs = await broker.take({ queue: 'q', node: 'a', countMax: 2, leaseMs: 1_000 })
    await broker.commit(jobs.map(({ id: job, lease }) => ({ settle: { job, lease, outcome, ...more } })))
  }
  try {
    await broker.commit([{ send: ['1', '2', '3'].map((payload) => ({ queue: 'q', payload })) }])
    await settle({ kind: 'retry', inMs: 0, error: 'no' })
    await settle({ kind: 'done' }, { forget: true })
    const database = new Sqlite(file, { readonly: true })
    assert.deepEqual(database.prepare('SELECT job_id FROM attempt').pluck().all(), [2])
    database.close()
  } finally {
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
