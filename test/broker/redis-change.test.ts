import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openBroker } from '#hob/engines.js'
import { sharedRedisUrl } from '../support/servers/shared.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function open(): Promise<Broker> {
  const broker = await openBroker(`${await sharedRedisUrl()}/change-${randomUUID()}`)
  ends.push(async () => {
    await broker.clean({ queue: 'q', force: true })
    await broker.close()
  })
  return broker
}

/** The ids of so many plain jobs, which wait in the line. */
async function send(broker: Broker, count: number): Promise<readonly string[]> {
  const step = { send: Array.from({ length: count }, () => ({ queue: 'q', payload: '1' })) }
  return (await broker.commit([step])).flatMap(({ sent }) => sent.map(({ id }) => id))
}

const take = async (broker: Broker, countMax: number): Promise<readonly string[]> =>
  (await broker.take({ queue: 'q', node: 'n', countMax, leaseMs: 60_000 })).map(({ id }) => id)

/** In an order that has nothing to do with theirs. */
const mixed = (ids: readonly string[]): string[] =>
  [...ids].sort((a, b) => ((+a * 7_919) % 9_973) - ((+b * 7_919) % 9_973))

test('jobs leave a long line from anywhere, and the others keep their order', async () => {
  const broker = await open()
  const ids = await send(broker, 5_000)
  assert.deepEqual(await take(broker, 10), ids.slice(0, 10))
  const waiting = ids.slice(10)
  // The first, the last, a run and what is scattered over all of it: in several parts.
  const isChosen = (_: string, n: number): boolean => n === 0 || n === 4_989 || n % 4 === 1 || (n > 2_000 && n < 2_300)
  const chosen = mixed(waiting.filter(isChosen))
  assert.ok(chosen.length > 1_000)
  assert.deepEqual(new Set(await broker.change(chosen, { kind: 'drop' })), new Set(['changed']))
  assert.deepEqual(new Set(await broker.change(chosen, { kind: 'drop' })), new Set(['missing']))
  assert.deepEqual(await broker.change(ids.slice(0, 2), { kind: 'cancel', reason: 'no' }), ['running', 'running'])
  const left = waiting.filter((id, n) => !isChosen(id, n))
  for (const id of [left[0], left.at(-1)]) {
    assert.deepEqual(await broker.change([id ?? ''], { kind: 'cancel', reason: 'no' }), ['changed'])
  }
  assert.equal((await broker.queues())[0]?.counts.ready, left.length - 2)
  assert.deepEqual(await take(broker, 10_000), left.slice(1, -1))
})

test('thousands of jobs are found by their ids, in order, as many as are wanted', async () => {
  const broker = await open()
  const ids = await send(broker, 3_000)
  const found = await broker.jobs({ ids: mixed(ids), after: ids[9] ?? '', countMax: 2_500 })
  assert.deepEqual(
    found.map(({ id }) => id),
    ids.slice(10, 2_510),
  )
})

test('of thousands of old jobs a sweep drops the oldest, no more than it may', async () => {
  const broker = await open()
  const ids = await send(broker, 3_000)
  for (let jobs = await broker.take({ queue: 'q', node: 'n', countMax: 1_000, leaseMs: 60_000 }); jobs.length > 0; ) {
    const outcome = { kind: 'done' } as const
    await broker.commit(jobs.map(({ id, lease }) => ({ settle: { job: id, lease, outcome } })))
    jobs = await broker.take({ queue: 'q', node: 'n', countMax: 1_000, leaseMs: 60_000 })
  }
  const keep = { doneMax: Number.POSITIVE_INFINITY, errorMax: 0, doneMs: 0 }
  const { droppedCount, hasMore } = await broker.sweep({ queue: 'q', keep, countMax: 1_234 })
  assert.deepEqual([droppedCount, hasMore], [1_234, true])
  assert.equal((await broker.jobs({ queue: 'q', countMax: 1 }))[0]?.id, ids[1_234])
})
