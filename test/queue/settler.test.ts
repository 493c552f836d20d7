import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Settle } from '#hob/broker/job-store.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { systemClock } from '#hob/core/clock.js'
import { KitchenError } from '#hob/core/errors.js'
import { type Settled, Settler } from '#hob/queue/settler.js'

const FOR_EVER = { unreachable: 60_000, busy: 60_000, full: 60_000 }

/** A settler on a real store whose first answer is lost on its way, after `commit` was applied or before. */
async function afterAnOutage(reaches: 'applied' | 'dropped', more: Partial<Settle>): Promise<Settled> {
  const broker = openMemory({ clock: systemClock })
  await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
  const [job] = await broker.take({ queue: 'q', node: 'a', countMax: 1, leaseMs: 10_000 })
  assert.ok(job)
  let isFirst = true
  const store = Object.create(broker, {
    commit: {
      value: async (steps: Parameters<typeof broker.commit>[0]) => {
        const isCutOff = isFirst
        isFirst = false
        if (isCutOff && reaches === 'applied') await broker.commit(steps)
        if (isCutOff) throw new KitchenError('unreachable', 'the connection was cut')
        return broker.commit(steps)
      },
    },
    job: { value: (id: string) => broker.job(id) },
  })
  const patience = { patienceMs: FOR_EVER, onFault: () => {}, onAnswer: () => {}, signal: new AbortController().signal }
  const settler = new Settler(store, { ...patience, node: 'a', doneMax: 10 }, (error) => assert.fail(String(error)))
  return new Promise((resolve) => {
    settler.settle({ job: job.id, lease: job.lease, outcome: { kind: 'done' }, ...more }, resolve)
  })
}

test('an outcome that was applied before its answer was cut off is done, not lost', async () => {
  assert.equal(await afterAnOutage('applied', {}), 'done')
  assert.equal(await afterAnOutage('applied', { forget: true }), 'done')
  assert.equal(await afterAnOutage('applied', { outcome: { kind: 'retry', inMs: 5, error: 'x' } }), 'done')
})

test('an outcome that never reached the store is done by the next try', async () => {
  assert.equal(await afterAnOutage('dropped', {}), 'done')
})

test('an outcome of a lease that is not held is lost, also after an outage', async () => {
  assert.equal(await afterAnOutage('dropped', { lease: { queue: 'q', epoch: 99 } }), 'lost')
})
