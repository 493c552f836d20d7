import assert from 'node:assert/strict'
import type { Broker } from '#hob/broker/broker.js'
import type { Outcome } from '#hob/broker/job-store.js'
import { type EngineUnderTest, lawsOf } from './engine.js'
import {
  assertCounted,
  at,
  KEEP_ALL,
  LEASE_MS,
  namesOf,
  newJob,
  send,
  settle,
  summaryOf,
  sweep,
  take,
  takeNames,
  takeOne,
} from './shorthand.js'

/** What time brings to a queue, and how much history stays (law 10). */
export function sweepLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'sweeping', (law) => {
    law('a sweep of a queue with nothing to do does nothing', async ({ broker }) => {
      const nothing = { returned: [], dueCount: 0, droppedCount: 0, hasMore: false }
      assert.deepEqual(await sweep(broker), nothing)
      assert.deepEqual(await broker.queues(), [])
      await send(broker, 'a', newJob('late', { delayMs: 1 }))
      await takeOne(broker)
      assert.deepEqual(await sweep(broker, { doneMax: 0, errorMax: 0 }), nothing)
    })

    law('a sweep keeps to its queue', async ({ broker, pass }) => {
      await send(broker, newJob('a', { queue: 'other' }), newJob('late', { queue: 'other', delayMs: 1 }))
      await takeOne(broker, { queue: 'other' })
      await pass(LEASE_MS)
      assert.deepEqual(await sweep(broker), { returned: [], dueCount: 0, droppedCount: 0, hasMore: false })
      const other = await broker.sweep({ queue: 'other', keep: KEEP_ALL, countMax: 10 })
      assert.equal(other.returned.length, 1)
      assert.equal(other.dueCount, 1)
    })

    law('due jobs become ready and are counted', async ({ broker, pass }) => {
      await send(broker, ...['a', 'b', 'c'].map((name, n) => newJob(name, { delayMs: 1_000 * (n + 1) })))
      await pass(2_000)
      assert.equal((await sweep(broker)).dueCount, 2)
      assert.deepEqual((await summaryOf(broker)).counts, {
        scheduled: 1,
        ready: 2,
        running: 0,
        done: 0,
        error: 0,
        cancelled: 0,
      })
      assert.equal((await sweep(broker)).dueCount, 0)
    })

    law('what ended too long ago goes, however few there are', async ({ broker, pass }) => {
      await send(broker, ...['d1', 'e1', 'd2', 'c1'].map((name) => newJob(name)))
      const jobs = await take(broker)
      await settle(broker, at(jobs, 0), { kind: 'done' })
      await settle(broker, at(jobs, 1), { kind: 'error', error: 'no' })
      await pass(1_000)
      await settle(broker, at(jobs, 2), { kind: 'done' })
      await settle(broker, at(jobs, 3), { kind: 'cancel', reason: 'no' })
      assert.equal((await sweep(broker, { doneMs: 1_001, errorMs: 1_001 })).droppedCount, 0)
      assert.equal((await sweep(broker, { doneMs: 1_000 })).droppedCount, 1)
      assert.deepEqual(await namesOf(broker), ['e1', 'd2', 'c1'])
      assert.equal((await sweep(broker, { errorMs: 1_000 })).droppedCount, 1)
      await pass(1_000)
      assert.equal((await sweep(broker, { doneMs: 1_000, errorMs: 1_000 })).droppedCount, 2)
      assert.deepEqual(await namesOf(broker), [])
      await assertCounted(broker)
    })

    law('of number and age the stricter counts, and a sweep says when more is left', async ({ broker, pass }) => {
      const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
      await send(broker, ...NAMES)
      for (const _ of NAMES) {
        await settle(broker, await takeOne(broker), { kind: 'done' })
        await pass(100)
      }
      assert.equal((await sweep(broker, { doneMax: 5, doneMs: 1_000 })).droppedCount, 1)
      const { droppedCount, hasMore } = await sweep(broker, { doneMax: 5, doneMs: 200 }, 2)
      assert.deepEqual([droppedCount, hasMore], [2, true])
      assert.deepEqual(await namesOf(broker), ['d', 'e', 'f'])
      const rest = await sweep(broker, { doneMax: 5, doneMs: 200 }, 2)
      assert.deepEqual([rest.droppedCount, rest.hasMore], [2, false])
      assert.deepEqual(await namesOf(broker), ['f'])
    })

    law('the newest of each kind stay, by when they ended', async ({ broker, pass }) => {
      await send(broker, ...['d1', 'd2', 'd3', 'e1', 'c1', 'e2'].map((name) => newJob(name)))
      const jobs = await take(broker)
      const ends: readonly (readonly [number, Outcome])[] = [
        [2, { kind: 'done' }],
        [5, { kind: 'error', error: 'no' }],
        [0, { kind: 'done' }],
        [4, { kind: 'cancel', reason: 'no' }],
        [1, { kind: 'done' }],
        [3, { kind: 'error', error: 'no' }],
      ]
      for (const [n, outcome] of ends) {
        await pass(1)
        await settle(broker, at(jobs, n), outcome)
      }
      assert.equal((await sweep(broker, { doneMax: 2 })).droppedCount, 1)
      assert.deepEqual(await namesOf(broker), ['d1', 'd2', 'e1', 'c1', 'e2'])
      assert.equal((await sweep(broker, { doneMax: 1, errorMax: 2 })).droppedCount, 2)
      assert.deepEqual(await namesOf(broker), ['d2', 'e1', 'c1'])
      assert.equal((await sweep(broker, { doneMax: 0, errorMax: 0 })).droppedCount, 3)
      assert.deepEqual(await namesOf(broker), [])
      await assertCounted(broker)
    })

    law('a job that has not ended is never dropped', async ({ broker }) => {
      await send(broker, 'runs', 'retried', 'ready', newJob('late', { delayMs: 1_000 }))
      const jobs = await take(broker, { countMax: 2 })
      await settle(broker, at(jobs, 1), { kind: 'retry', inMs: 1_000, error: 'no' })
      assert.equal((await sweep(broker, { doneMax: 0, errorMax: 0 })).droppedCount, 0)
      assert.deepEqual(await namesOf(broker), ['runs', 'retried', 'ready', 'late'])
    })

    law('a dropped job is gone, with its history', async ({ broker }) => {
      const [id] = await send(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' }, { ranMs: 1, output: 'tail' })
      await sweep(broker, { errorMax: 0 })
      assert.equal(await broker.job(id ?? ''), undefined)
      assert.deepEqual(await broker.jobs({ countMax: 10 }), [])
      assert.equal((await broker.reset({ queue: 'q', gone: [] })).error, 0)
    })

    law('all history is kept when told so', async ({ broker }) => {
      await send(broker, 'a', 'b')
      for (const job of await take(broker)) await settle(broker, job, { kind: 'done' })
      assert.equal((await sweep(broker, KEEP_ALL)).droppedCount, 0)
    })

    law('a sweep moves at most countMax of each kind, and says when more is left', async ({ broker, pass }) => {
      await makeWork(broker, 3)
      await pass(LEASE_MS)
      const counts: number[][] = []
      for (let hasMore = true; hasMore; ) {
        const swept = await sweep(broker, { doneMax: 0 }, 2)
        counts.push([swept.returned.length, swept.dueCount, swept.droppedCount])
        hasMore = swept.hasMore
        assert.ok(counts.length < 10, 'it must come to an end')
      }
      assert.deepEqual(counts, [
        [2, 2, 2],
        [1, 1, 1],
      ])
      await assertCounted(broker)
      assert.equal((await takeNames(broker)).length, 6)
    })

    law('a sweep says when more of one kind alone is left', async ({ broker, pass }) => {
      const leaves = async (kind: string): Promise<void> => {
        assert.equal((await sweep(broker, { doneMax: 0, errorMax: 0 }, 1)).hasMore, true, kind)
        assert.equal((await sweep(broker, { doneMax: 0, errorMax: 0 }, 1)).hasMore, false, kind)
      }
      await send(broker, newJob('a', { delayMs: 1 }), newJob('b', { delayMs: 1 }))
      await pass(1)
      await leaves('due')
      await take(broker)
      await pass(LEASE_MS)
      await leaves('returned')
      for (const job of await take(broker)) await settle(broker, job, { kind: 'done' })
      await leaves('done')
      await send(broker, 'c', 'd')
      for (const job of await take(broker)) await settle(broker, job, { kind: 'error', error: 'no' })
      await leaves('error')
    })

    law('a sweep that exactly finishes says that nothing is left', async ({ broker, pass }) => {
      await makeWork(broker, 2)
      await pass(LEASE_MS)
      assert.equal((await sweep(broker, { doneMax: 0 }, 2)).hasMore, false)
    })

    law('a job whose lease ended in the middle of a long sweep is returned once', async ({ broker, pass }) => {
      await send(broker, 'a', 'b', 'c')
      await take(broker)
      await pass(LEASE_MS)
      const first = await sweep(broker, {}, 1)
      assert.equal(first.returned.length, 1)
      assert.equal(first.hasMore, true)
      const jobs = await take(broker)
      assert.deepEqual(
        jobs.map(({ attempt }) => attempt),
        [2, 2, 2],
      )
      assert.deepEqual((await sweep(broker)).returned, [])
    })
  })
}

/** Leaves so many running, delayed and done jobs each. */
async function makeWork(broker: Broker, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => String(n))
  await send(broker, ...names, ...names)
  for (const job of await take(broker, { countMax: count })) await settle(broker, job, { kind: 'done' })
  await take(broker, { countMax: count })
  await send(broker, ...names.map((name) => newJob(name, { delayMs: 1_000 })))
}
