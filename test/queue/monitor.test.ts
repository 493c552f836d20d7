import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import type { Retention, ReturnedJob } from '#hob/broker/job-store.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { systemClock, VirtualClock } from '#hob/core/clock.js'
import { keptByPolicy, Monitor } from '#hob/queue/monitor.js'
import { changePolicy } from '#hob/queue/policies.js'
import { until } from '../support/until.js'

const LEASE_MS = 10_000

function monitored(broker: Broker, keepOf: (queue: string) => Promise<Retention | null> = async () => null) {
  const returned: [queue: string, job: ReturnedJob][] = []
  const dropped: [queue: string, count: number][] = []
  const faults: unknown[] = []
  const events = {
    onReturned: (queue: string, job: ReturnedJob) => returned.push([queue, job]),
    onDropped: (queue: string, count: number) => dropped.push([queue, count]),
    onFault: (error: unknown) => faults.push(error),
    onAnswer: () => {},
  }
  return { monitor: new Monitor(broker, { everyMs: 5_000, keepOf, events }), returned, dropped, faults }
}

async function take(broker: Broker, queue: string, count = 1) {
  await broker.commit([{ send: Array.from({ length: count }, () => ({ queue, payload: '1' })) }])
  return broker.take({ queue, node: 'web1/4711', countMax: count, leaseMs: LEASE_MS })
}

test('the jobs of ended leases return, those of others stay, and it is told whose they were', async () => {
  const clock = new VirtualClock()
  const broker = openMemory({ clock })
  const { monitor, returned } = monitored(broker)
  const [job] = await take(broker, 'mail')
  clock.pass(LEASE_MS - 1_000)
  await take(broker, 'other')
  // It looks again as soon as the first lease may end, and not before its time otherwise.
  assert.equal(await monitor.pass(), 1_005)
  assert.deepEqual(returned, [])
  clock.pass(1_005)
  assert.equal(await monitor.pass(), 5_000)
  assert.deepEqual(returned, [['mail', { id: job?.id, node: 'web1/4711', crashes: 1, state: 'ready' }]])
})

test('two at once tell each job once', async () => {
  const clock = new VirtualClock()
  const broker = openMemory({ clock })
  const [one, other] = [monitored(broker), monitored(broker)]
  const jobs = await take(broker, 'mail', 50)
  clock.pass(LEASE_MS + 1)
  await Promise.all([one.monitor.pass(), other.monitor.pass(), one.monitor.pass()])
  const told = [...one.returned, ...other.returned].map(([, { id }]) => id)
  assert.deepEqual(told.sort(), jobs.map(({ id }) => id).sort())
})

test('history stays where nobody said otherwise, and goes where its policy says so', async () => {
  const broker = openMemory({ clock: new VirtualClock() })
  for (const queue of ['orders', 'mail', 'puzzling', 'errors']) {
    const jobs = await take(broker, queue, 300)
    await broker.commit(jobs.map((job) => ({ settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } } })))
    // What is to be made ready has every queue swept.
    await broker.commit([{ send: [{ queue, payload: '1', delayMs: 1 }] }])
  }
  await changePolicy(broker, 'mail', { keep: { doneMax: 10 } })
  await changePolicy(broker, 'errors', { keep: { errorMax: 10 } })
  await broker.commit([{ put: [{ key: 'queue/puzzling', value: '{"keep":{"doneMax":"few"}}' }] }])
  const { monitor, dropped } = monitored(broker, keptByPolicy(broker))
  await monitor.pass()
  assert.deepEqual(dropped, [['mail', 290]])
  assert.deepEqual(
    (await broker.queues()).map(({ queue, counts }) => [queue, counts.done]),
    [
      ['errors', 300],
      ['mail', 10],
      ['orders', 300],
      ['puzzling', 300],
    ],
  )
})

test('a kitchen where nothing runs costs one round trip, also with much history and many that wait', async () => {
  const broker = openMemory({ clock: systemClock })
  const jobs = await take(broker, 'mail', 5)
  await broker.commit(jobs.map((job) => ({ settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } } })))
  await broker.commit([{ send: [{ queue: 'mail', payload: '1' }] }])
  const calls: PropertyKey[] = []
  const counted = new Proxy(broker, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      return typeof value !== 'function'
        ? value
        : (...args: unknown[]) => {
            calls.push(name)
            return value.apply(target, args)
          }
    },
  })
  const { monitor } = monitored(counted)
  await monitor.pass()
  await monitor.pass()
  assert.deepEqual(calls, ['queues', 'queues'])
})

test('it goes on until it is told to stop, and then ends at once', async () => {
  const clock = new VirtualClock()
  const broker = openMemory({ clock })
  await take(broker, 'mail')
  clock.pass(LEASE_MS + 1)
  const { monitor, returned } = monitored(broker)
  const stop = new AbortController()
  const running = monitor.run(stop.signal)
  await until('it returned the job', () => returned.length === 1)
  stop.abort()
  await running
})

test('what the store fails with for good ends it', async () => {
  const broker = openMemory({ clock: new VirtualClock() })
  await broker.close()
  const { monitor, faults } = monitored(broker)
  await assert.rejects(monitor.run(new AbortController().signal), { code: 'closed' })
  assert.equal(faults.length, 1)
})
