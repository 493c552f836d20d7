import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Settle } from '#hob/broker/job-store.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { VirtualClock } from '#hob/core/clock.js'
import { KitchenError } from '#hob/core/errors.js'
import { type Settled, Settler } from '#hob/queue/settler.js'

const FOR_EVER = { unreachable: 60_000, busy: 60_000, full: 60_000 }

/** What becomes of the first try of an outcome. */
type Fate = 'applied' | 'dropped' | 'dropped, and the same node does the job under its next lease'

/** A settler on a real store whose first answer is lost on its way. */
async function afterAnOutage(fate: Fate, more: Partial<Settle>): Promise<Settled> {
  const clock = new VirtualClock()
  const broker = openMemory({ clock })
  const redo = async () => {
    clock.pass(10_000)
    const [again] = await broker.take({ queue: 'q', node: 'a', countMax: 1, leaseMs: 10_000 })
    assert.ok(again)
    await broker.commit([{ settle: { job: again.id, lease: again.lease, outcome: { kind: 'done' } } }])
  }
  await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
  const [job] = await broker.take({ queue: 'q', node: 'a', countMax: 1, leaseMs: 10_000 })
  assert.ok(job)
  let isFirst = true
  const store = Object.create(broker, {
    commit: {
      value: async (steps: Parameters<typeof broker.commit>[0]) => {
        const isCutOff = isFirst
        isFirst = false
        if (isCutOff && fate === 'applied') await broker.commit(steps)
        else if (isCutOff && fate !== 'dropped') await redo()
        if (isCutOff) throw new KitchenError('unreachable', 'the connection was cut')
        return broker.commit(steps)
      },
    },
    job: { value: (id: string) => broker.job(id) },
  })
  const patience = { patienceMs: FOR_EVER, onFault: () => {}, onAnswer: () => {}, signal: new AbortController().signal }
  const settler = new Settler(store, { ...patience, node: 'a', doneMax: () => 10 }, (error) =>
    assert.fail(String(error)),
  )
  return new Promise((resolve) => {
    settler.settle({ job: job.id, lease: job.lease, outcome: { kind: 'done' }, ...more }, 0, resolve)
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

test('an outcome is lost when the same node has done the job under another lease since', async () => {
  assert.equal(await afterAnOutage('dropped, and the same node does the job under its next lease', {}), 'lost')
})

test('each outcome of a batch is told once, also when the store fails for good while it is asked what became of the first', async () => {
  const broker = openMemory({ clock: new VirtualClock() })
  const [sent] = await broker.commit([{ send: ['1', '2'].map((payload) => ({ queue: 'q', payload })) }])
  assert.ok(sent)
  const jobs = await broker.take({ queue: 'q', node: 'a', countMax: 2, leaseMs: 10_000 })
  let commits = 0
  let looks = 0
  const store = Object.create(broker, {
    commit: {
      value: async (steps: Parameters<typeof broker.commit>[0]) => {
        const results = await broker.commit(steps)
        if (++commits === 1) throw new KitchenError('unreachable', 'the connection was cut')
        return results
      },
    },
    job: {
      value: async (id: string) => {
        if (++looks === 2) throw new KitchenError('corrupt', 'the store is damaged')
        return broker.job(id)
      },
    },
  })
  const patience = { patienceMs: FOR_EVER, onFault: () => {}, onAnswer: () => {}, signal: new AbortController().signal }
  const settler = new Settler(store, { ...patience, node: 'a', doneMax: () => 10 }, () => {})
  const told: string[] = []
  for (const { id, lease } of jobs) {
    settler.settle({ job: id, lease, outcome: { kind: 'done' } }, 0, (settled) => told.push(`${id} ${settled}`))
  }
  await settler.drain()
  assert.deepEqual(
    told,
    jobs.map(({ id }, at) => `${id} ${at === 0 ? 'done' : 'unsettled'}`),
  )
})
