import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { openSqlite } from '#hob/broker/sqlite/open.js'

test('an id is its very text: what only reads as the same number names no job', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-ids-'))
  const broker = await openSqlite({ file: join(folder, 'hob.db'), synchronous: 'full', create: true, nowMs: Date.now })
  try {
    await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const odd = ['01', '1.0', '1e0', '0x1', '+1', 'Infinity', '1e400', 'NaN', '-0']
    assert.deepEqual(await broker.jobs({ ids: odd, countMax: 10 }), [])
    for (const id of odd) assert.equal(await broker.job(id), undefined, id)
    assert.deepEqual(new Set(await broker.change(odd, { kind: 'drop' })), new Set(['missing']))
    assert.deepEqual(await broker.change(['1'], { kind: 'drop' }), ['changed'])
  } finally {
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
