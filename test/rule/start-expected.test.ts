import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { keptRule } from '#hob/rule/kept-rule.js'
import { startRun } from '#hob/rule/run/start-run.js'
import { openTestKitchen } from '#hob/testing.js'

test('a run does not begin on blobs that were chosen before another run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hob-expected-'))
  const module = join(folder, 'm.ts')
  await writeFile(module, '')
  await using kitchen = openTestKitchen()
  const { broker } = kitchen
  const plan = { rule: 'm.r', address: { module, rule: 'r' }, blobs: [{ tag: 'a', name: '1' }] }
  const chosenAt = (await keptRule(broker, 'm.r')).version
  const first = await startRun(broker, { ...plan, expected: chosenAt })
  assert.equal(first.kind, 'started')
  assert.equal((await startRun(broker, { ...plan, expected: chosenAt })).kind, 'running')
  // The first one ends, and what it read is archived.
  const { rule, version } = await keptRule(broker, 'm.r')
  await broker.commit([
    { put: [{ key: 'rule/m.r', value: JSON.stringify({ ...rule, run: null }), expected: version }] },
  ])
  assert.deepEqual(await startRun(broker, { ...plan, expected: chosenAt }), { kind: 'changed' })
  assert.equal((await startRun(broker, { ...plan, expected: (await keptRule(broker, 'm.r')).version })).kind, 'started')
  await rm(folder, { recursive: true })
})
