import assert from 'node:assert/strict'
import { test } from 'vitest'
import { openMemory } from '#hob/broker/memory/memory.js'
import { systemClock } from '#hob/core/clock.js'
import { type KeeperStore, LeaseKeeper } from '#hob/queue/lease-keeper.js'
import { until } from '../support/until.js'

const LEASE_MS = 1_000

/** The calls that a keeper makes of a real store, each with the number of leases or records in it. */
function watched() {
  const broker = openMemory({ clock: systemClock })
  const extended: number[] = []
  const put: number[] = []
  const store: KeeperStore = {
    describe: () => broker.describe(),
    extend(leases, leaseMs) {
      extended.push(leases.length)
      return broker.extend(leases, leaseMs)
    },
    commit(steps) {
      put.push(steps.flatMap((step) => step.put ?? []).length)
      return broker.commit(steps)
    },
  }
  const takeOne = async (queue: string) => {
    await broker.commit([{ send: [{ queue, payload: '1' }] }])
    const [job] = await broker.take({ queue, node: 'a', countMax: 1, leaseMs: LEASE_MS })
    assert.ok(job)
    return job.lease
  }
  return { broker, store, extended, put, takeOne }
}

const NO_FAULTS = { onFault: (error: unknown) => assert.fail(String(error)) }

test('workers that began at different times come to share their renewals, and no lease ends meanwhile', async () => {
  const { broker, store, extended, put, takeOne } = watched()
  const keeper = new LeaseKeeper(store, { ...NO_FAULTS, onLost: () => assert.fail('a lease was lost') })
  for (const part of [1, 2, 3]) {
    keeper.join(part, { leaseMs: LEASE_MS, hungMs: null })
    keeper.hold(part, await takeOne(`q${part}`))
    keeper.announce(part, { key: `node/${part}`, value: '{}' })
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  await until('three leases have passed', () => extended.length >= 10)
  assert.deepEqual(new Set(extended.slice(1)), new Set([3]))
  // Each told who it is at once; since then, one put in a lease tells all three.
  assert.deepEqual(new Set(put.slice(3)), new Set([3]))
  assert.ok(put.length <= 3 + 4, `${put.length} puts`)
  assert.equal((await broker.records('node/', { countMax: 10 })).length, 3)
  for (const part of [1, 2, 3]) await keeper.leave(part)
  assert.deepEqual(await broker.records('node/', { countMax: 10 }), [])
})

test('a part whose event loop hangs loses its leases, and is told; the others keep theirs', async () => {
  const { broker, store, takeOne } = watched()
  const lost: number[] = []
  const turned = { agoMs: 0 }
  const keeper = new LeaseKeeper(store, { ...NO_FAULTS, onLost: (part) => lost.push(part) }, () => turned.agoMs)
  keeper.join(1, { leaseMs: LEASE_MS, hungMs: 500 })
  keeper.join(2, { leaseMs: LEASE_MS, hungMs: null })
  for (const part of [1, 2]) keeper.hold(part, await takeOne(`q${part}`))
  turned.agoMs = 500 + LEASE_MS
  await until(
    'its job is ready again',
    async () => (await broker.take({ queue: 'q1', node: 'b', countMax: 1, leaseMs: LEASE_MS })).length > 0,
  )
  turned.agoMs = 0
  await until('it is told', () => lost.length > 0)
  assert.deepEqual(lost, [1])
  assert.deepEqual(await broker.take({ queue: 'q2', node: 'b', countMax: 1, leaseMs: LEASE_MS }), [])
  for (const part of [1, 2]) await keeper.leave(part)
})
