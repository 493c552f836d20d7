import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { ArgumentError, type BatchHandler, cancel, defineQueue, fail, openKitchen, snooze } from '#hob/index.js'
import { until } from '../support/until.js'
import { ended } from './kitchens.js'

const QUEUE = defineQueue({ name: 'q', attempts: 1 })

/** Runs a batch handler over five jobs, `a` to `e`; answers how each ended. */
async function outcomesOf(handler: BatchHandler, options: object = {}) {
  await using kitchen = await openKitchen('memory:')
  await kitchen.sendMany(QUEUE, ['a', 'b', 'c', 'd', 'e'])
  await using _ = kitchen.workBatches(QUEUE, handler, options)
  const states = await ended(kitchen, 'q')
  const jobs = await kitchen.broker.jobs({ queue: 'q', countMax: 10 })
  return { states, results: jobs.map(({ result }) => result) }
}

describe('a batch', () => {
  test('holds as many jobs as are ready, up to its bound', async () => {
    const sizes: number[] = []
    const { states } = await outcomesOf((jobs) => void sizes.push(jobs.length), { batchMax: 3 })
    assert.deepEqual(sizes, [3, 2])
    assert.deepEqual(states, Array(5).fill(['done', null]))
  })

  test('waits for others, and no longer than it shall', async () => {
    await using kitchen = await openKitchen('memory:')
    const sizes: number[] = []
    await using _ = kitchen.workBatches(QUEUE, (jobs) => void sizes.push(jobs.length), { batchMax: 3, waitMs: 60_000 })
    await kitchen.sendMany(QUEUE, ['a', 'b'])
    await until('both are held', async () => (await kitchen.broker.queues())[0]?.counts.running === 2)
    assert.equal(sizes.length, 0)
    await kitchen.send(QUEUE, 'c')
    await until('all three are done', () => sizes.length > 0)
    assert.deepEqual(sizes, [3])
    await using other = kitchen.workBatches(defineQueue({ name: 'other' }), (jobs) => void sizes.push(jobs.length), {
      waitMs: 10,
    })
    await kitchen.queue('other').send('lone')
    await until('the lone one is done', () => sizes.length > 1)
    assert.ok(other.isReady)
  })

  test('runs alone unless more may run at once', async () => {
    for (const concurrency of [1, 2]) {
      let [running, most] = [0, 0]
      const handler = async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 10))
        running--
      }
      await outcomesOf(handler, { batchMax: 1, concurrency })
      assert.equal(most, concurrency)
    }
  })

  test('does not begin beside one that is not full, and still runs', async () => {
    await using kitchen = await openKitchen('memory:')
    const begun: unknown[][] = []
    const ends: (() => void)[] = []
    await using _ = kitchen.workBatches(
      QUEUE,
      (jobs) => {
        begun.push(jobs.map(({ payload }) => payload))
        return new Promise<void>((resolve) => ends.push(resolve))
      },
      { batchMax: 3, waitMs: 0 },
    )
    await kitchen.send(QUEUE, 'a')
    await until('the first runs', () => begun.length === 1)
    await kitchen.sendMany(QUEUE, ['b', 'c'])
    await until('all are held', async () => (await kitchen.broker.queues())[0]?.counts.running === 3)
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(begun, [['a']])
    ends[0]?.()
    await until('the second runs', () => begun.length === 2)
    ends[1]?.()
    await ended(kitchen, 'q')
    assert.deepEqual(begun, [['a'], ['b', 'c']])
  })

  test('has an outcome for each job, in order', async () => {
    const { states, results } = await outcomesOf(() => ['kept', undefined, fail('no'), cancel('off'), new Error('bad')])
    assert.deepEqual(states, [
      ['done', null],
      ['done', null],
      ['error', 'no'],
      ['cancelled', 'off'],
      ['error', 'Error: bad'],
    ])
    assert.deepEqual(results, ['"kept"', null, null, null, null])
  })

  test('has an outcome for each job, by a Map; a job that it lacks has failed', async () => {
    const { states } = await outcomesOf((jobs) => new Map(jobs.slice(0, 4).map((job) => [job, undefined])))
    assert.deepEqual(states.slice(0, 4), Array(4).fill(['done', null]))
    assert.match(String(states[4]), /^error,TypeError: the batch handler gave no outcome for this job$/)
  })

  test('fails whole when the handler throws, or answers what does not fit the jobs', async () => {
    const throwing = async () => {
      throw new Error('all')
    }
    assert.deepEqual((await outcomesOf(throwing)).states, Array(5).fill(['error', 'Error: all']))
    const short = (await outcomesOf(() => [1, 2])).states
    assert.deepEqual(
      short,
      Array(5).fill(['error', 'TypeError: a batch handler answers an outcome for each job: 2 for 5 jobs']),
    )
    assert.match(
      String((await outcomesOf(() => 7)).states[0]),
      /TypeError: a batch handler answers nothing, an array, or a Map/,
    )
  })

  test('an outcome that cannot be recorded fails its own job', async () => {
    const { states } = await outcomesOf(() => [1n, snooze({ inMs: Number.NaN }), 'x', () => 1, 'y'])
    assert.deepEqual(
      states.map(([state]) => state),
      ['error', 'error', 'done', 'error', 'done'],
    )
  })

  test('holds only payloads that fit', async () => {
    await using kitchen = await openKitchen('memory:')
    await kitchen.queue('typed').sendMany(['1', 2, '3'])
    const seen: string[] = []
    const typed = defineQueue({ name: 'typed', payload: z.string().refine(async () => true) })
    await using _ = kitchen.workBatches(typed, (jobs) => void seen.push(...jobs.map(({ payload }) => payload)))
    const states = await ended(kitchen, 'typed')
    assert.deepEqual(
      states.map(([state]) => state),
      ['done', 'error', 'done'],
    )
    assert.deepEqual(seen, ['1', '3'])
  })

  test('whose time is up fails, each job for itself', async () => {
    const handler: BatchHandler = ([job]) =>
      new Promise((resolve) => job?.signal.addEventListener('abort', () => resolve(undefined)))
    const { states } = await outcomesOf(handler, { timeoutMs: 20 })
    assert.deepEqual(states, Array(5).fill(['error', 'timed out after 20 ms']))
  })

  test('that has not begun goes back when its worker stops', async () => {
    await using kitchen = await openKitchen('memory:')
    const worker = kitchen.workBatches(QUEUE, () => assert.fail('it ran'), { batchMax: 10, waitMs: 60_000 })
    await kitchen.sendMany(QUEUE, ['a', 'b'])
    await until('both are held', async () => (await kitchen.broker.queues())[0]?.counts.running === 2)
    await worker.stop({ deadlineMs: 0 })
    assert.equal((await kitchen.broker.queues())[0]?.counts.ready, 2)
  })

  test('refuses bounds that make no sense', async () => {
    await using kitchen = await openKitchen('memory:')
    for (const options of [{ batchMax: 0 }, { batchMax: 5_000, concurrency: 3 }, { waitMs: -1 }, { waitMs: 60_001 }]) {
      assert.throws(() => kitchen.workBatches(QUEUE, () => {}, options), ArgumentError)
    }
  })
})
