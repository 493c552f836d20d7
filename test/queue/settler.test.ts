import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test, vi } from 'vitest'
import type { Outcome, Settle, TakenJob } from '#hob/broker/job-store.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { VirtualClock } from '#hob/core/clock.js'
import { KitchenError } from '#hob/core/errors.js'
import { type Settled, Settler } from '#hob/queue/settler.js'
import { until } from '../support/until.js'

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

/** A settler on a store with so many jobs that its node holds, which tells what it settles of them. */
async function busySettler({ jobs: count, doneMax }: { jobs: number; doneMax: number }) {
  const broker = openMemory({ clock: new VirtualClock() })
  for (let sent = 0; sent < count; sent += 10_000) {
    const send = Array.from({ length: Math.min(10_000, count - sent) }, () => ({ queue: 'q', payload: '1' }))
    await broker.commit([{ send }])
  }
  const held: TakenJob[] = []
  while (held.length < count) {
    held.push(...(await broker.take({ queue: 'q', node: 'a', countMax: 10_000, leaseMs: 10_000 })))
  }
  const patience = { patienceMs: FOR_EVER, onFault: () => {}, onAnswer: () => {}, signal: new AbortController().signal }
  const settler = new Settler(broker, { ...patience, node: 'a', doneMax: () => doneMax }, (error) =>
    assert.fail(String(error)),
  )
  const told: string[] = []
  return {
    settler,
    told,
    ids: held.map(({ id }) => id),
    end(many: number, outcome: Outcome = { kind: 'done' }) {
      for (const { id, lease } of held.splice(0, many)) {
        settler.settle({ job: id, lease, outcome }, 0, (settled) => {
          assert.equal(settled, 'done')
          told.push(id)
        })
      }
    },
    async leave() {
      const before = told.length
      settler.leave()
      while (told.length === before) await setImmediate()
    },
    async kept() {
      const kept = await broker.jobs({ queue: 'q', states: ['done'], countMax: 10_000 })
      return kept.map(({ id }) => id).sort((a, b) => Number(a) - Number(b))
    },
  }
}

/** By itself what is held back leaves in 25 ms, which may have passed on a busy machine. */
async function onStandingClock(work: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  try {
    await work()
  } finally {
    vi.useRealTimers()
  }
}

test('the newest of a full batch wait for the next, are told in their turn, and only the newest of all are stored', async () => {
  const { settler, ids, told, end, leave, kept } = await busySettler({ jobs: 60, doneMax: 10 })
  await onStandingClock(async () => {
    end(30)
    await leave()
    assert.deepEqual(told, ids.slice(0, 20))
    end(24)
    await leave()
    assert.deepEqual(told, ids.slice(0, 44))
    assert.deepEqual(await kept(), [])
  })
  end(6)
  await settler.drain()
  assert.deepEqual(told, ids)
  assert.deepEqual(await kept(), ids.slice(-10))
})

test('what waited for a batch leaves with it, also when a few more have ended since', async () => {
  const { ids, told, end, leave, kept } = await busySettler({ jobs: 35, doneMax: 10 })
  await onStandingClock(async () => {
    end(30)
    await leave()
    assert.deepEqual(told, ids.slice(0, 20))
    // With those that waited more than the queue keeps.
    end(5)
    await leave()
    assert.deepEqual(told, ids)
    assert.deepEqual(await kept(), ids.slice(-10))
  })
})

test('what waits for a next batch leaves by itself when there is none', async () => {
  const { ids, told, end, kept } = await busySettler({ jobs: 15, doneMax: 10 })
  end(15)
  await until('all are told', () => told.length === 15)
  assert.deepEqual(told, ids)
  assert.deepEqual(await kept(), ids.slice(-10))
})

test('failures do not count among the done jobs that are kept', async () => {
  const { settler, ids, end, kept } = await busySettler({ jobs: 30, doneMax: 10 })
  end(8)
  end(22, { kind: 'error', error: 'no' })
  await settler.drain()
  assert.deepEqual(await kept(), ids.slice(0, 8))
})

test('five thousand results stay beyond what the queue keeps; of more, the newest', async () => {
  const { settler, ids, end, kept } = await busySettler({ jobs: 6_000, doneMax: 10 })
  end(2_000, { kind: 'done', result: '1' })
  await settler.drain()
  assert.deepEqual(await kept(), ids.slice(0, 2_000))
  end(4_000, { kind: 'done', result: '1' })
  await settler.drain()
  const stored = await kept()
  assert.equal(stored.length, 5_020)
  assert.deepEqual(stored.slice(-10), ids.slice(-10))
})
