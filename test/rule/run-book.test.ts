import assert from 'node:assert/strict'
import { test } from 'vitest'
import { HeldRun, keptRun } from '#hob/rule/run/run-book.js'
import { RunFolder } from '#hob/rule/run/run-folder.js'
import { RunFarm } from '../support/rule/run-farm.js'

const SHOP = `
import { rule } from 'hob'
export default rule({ name: 'sales', keyParts: ['shop'], valueParts: ['amount'] })
`

test('who lost a run to another can change nothing of it, also not when both settle the job that they took', async () => {
  await using farm = await RunFarm.open(SHOP, 'memory:')
  const { broker } = farm.kitchen
  const started = await farm.startWith('sales', [])
  assert.ok(started.kind === 'started')
  const kept = async () => {
    const found = await keptRun(broker, { rule: 'shop.sales', id: started.run })
    assert.ok(found)
    return found
  }
  const [job] = await broker.take({ queue: 'rules', node: 'a', countMax: 1, leaseMs: 60_000 })
  assert.ok(job)
  const settle = { job: job.id, lease: job.lease, outcome: { kind: 'done' } } as const
  const before = await kept()
  const first = await HeldRun.claim(broker, before, 'rules/1')
  assert.ok(first)
  assert.equal(await HeldRun.claim(broker, before, 'rules/2'), undefined)
  const second = await HeldRun.claim(broker, await kept(), 'rules/2')
  assert.ok(second)
  assert.deepEqual([await first.isOurs(), await second.isOurs()], [false, true])
  assert.equal(await first.change({ state: 'saving' }), false)
  assert.equal(await first.end({ state: 'done', endedMs: 1 }, settle, [{ key: 'tag/x/y', value: '{}' }]), false)
  assert.deepEqual([await broker.record('tag/x/y'), (await kept()).record.state], [undefined, 'working'])
  // Somebody pauses the rule at the same time: the end expects its record as it is now.
  const rule = await broker.record('rule/shop.sales')
  await broker.commit([
    { put: [{ key: 'rule/shop.sales', value: rule?.value.replace('"isPaused":false', '"isPaused":true') ?? '' }] },
  ])
  assert.equal(await second.end({ state: 'done', endedMs: 2 }, settle, [{ key: 'tag/x/y', value: '{}' }]), true)
  const ended = JSON.parse((await broker.record('rule/shop.sales'))?.value ?? '') as object
  assert.deepEqual(
    { ...ended, lastStartedMs: 0 },
    { run: null, lastStartedMs: 0, lastEndedMs: 2, isPaused: true, lastRun: started.run },
  )
  assert.equal((await broker.record('tag/x/y'))?.value, '{}')
})

test('who lost a run removes nothing of its folder', async () => {
  await using farm = await RunFarm.open(SHOP, 'memory:')
  const folder = new RunFolder(farm.store.runsFolder, 'shop.sales@1')
  const [first, second] = [folder.attempt(1, 'version'), folder.attempt(2, 'version')]
  for (const attempt of [first, second]) await attempt.make('map-0', async () => attempt.path)
  await folder.removeOthers(first, async () => false)
  assert.ok(await second.made('map-0'))
  await folder.removeOthers(first, async () => true)
  assert.deepEqual([await second.made('map-0'), await first.made('map-0')], [undefined, first.path])
})
