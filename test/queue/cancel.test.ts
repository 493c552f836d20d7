import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type Handler, openKitchen, retry } from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'
import { openTestKitchen } from '#hob/testing.js'
import { until } from '../support/until.js'
import { ended, sharedKitchens } from './kitchens.js'

const wishes = (kitchen: Kitchen) => kitchen.broker.records('cancel/', { countMax: 10 })

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })

/** Cancels a job from another process while its handler runs; answers how it ended, and how long that took. */
async function cancelled(handler: Handler, options: object = {}) {
  const [kitchen, other] = sharedKitchens()
  const { id } = await kitchen.queue('q').send('x')
  let runs = 0
  const counted: Handler = (job) => {
    runs++
    return handler(job)
  }
  // A job that were tried again would not end in this test.
  await using _ = kitchen.queue('q').work(counted, { backoff: () => 3_600_000, ...options })
  await until('it runs', () => runs > 0)
  const sinceMs = performance.now()
  assert.equal(await other.cancel(id, 'no longer wanted'), 'asked')
  const [end] = await ended(kitchen, 'q')
  const tookMs = performance.now() - sinceMs
  assert.equal(runs, 1)
  assert.deepEqual(await wishes(kitchen), [], 'the wish ends with the job')
  return { end, tookMs, result: (await kitchen.job(id))?.result }
}

describe('a job that is cancelled while it waits', () => {
  test('has ended at once, ready or scheduled', async () => {
    await using kitchen = await openKitchen('memory:')
    const [ready] = await kitchen.queue('q').sendMany(['x'])
    const later = await kitchen.queue('q').send('y', { delayMs: 60_000 })
    assert.equal(await kitchen.cancel(String(ready?.id), 'why not'), 'cancelled')
    assert.equal(await kitchen.cancel(later.id), 'cancelled')
    assert.deepEqual(await ended(kitchen, 'q'), [
      ['cancelled', 'why not'],
      ['cancelled', ''],
    ])
    assert.deepEqual(await wishes(kitchen), [])
  })

  test('is told from one that has ended, and from one that there is not', async () => {
    await using kitchen = await openKitchen('memory:')
    const { id } = await kitchen.queue('q').send('x')
    await using _ = kitchen.queue('q').work(() => 'well')
    await ended(kitchen, 'q')
    assert.equal(await kitchen.cancel(id), 'ended')
    assert.equal(await kitchen.cancel('4711'), 'missing')
    assert.equal((await kitchen.job(id))?.result, 'well')
    assert.deepEqual(await wishes(kitchen), [])
  })
})

describe('a job that is cancelled while another process runs it', () => {
  test('is cancelled when its handler throws for it, within a second', async () => {
    let reason: unknown
    const { end, tookMs } = await cancelled(async ({ signal }) => {
      await aborted(signal)
      reason = signal.reason
      throw new Error('interrupted')
    })
    assert.deepEqual(end, ['cancelled', 'no longer wanted'])
    assert.equal(reason, 'cancelled: no longer wanted')
    assert.ok(tookMs < 1_000, `${tookMs} ms`)
  })

  test('is done when its handler returns all the same', async () => {
    const { end, result } = await cancelled(async ({ signal }) => {
      await aborted(signal)
      return 'just in time'
    })
    assert.deepEqual([end, result], [['done', null], 'just in time'])
  })

  test('is cancelled when its handler asks for another run', async () => {
    const { end } = await cancelled(async ({ signal }) => {
      await aborted(signal)
      return retry()
    })
    assert.deepEqual(end, ['cancelled', 'no longer wanted'])
  })

  test('is cancelled five seconds later when its handler does not listen, and its slot is free', async () => {
    const { end, tookMs } = await cancelled(() => new Promise(() => {}), { concurrency: 1 })
    assert.deepEqual(end, ['cancelled', 'no longer wanted'])
    assert.ok(tookMs > 4_500 && tookMs < 8_000, `${tookMs} ms`)
  })

  test('is cancelled alone in its batch', async () => {
    const [kitchen, other] = sharedKitchens()
    const [, second] = await kitchen.queue('q').sendMany(['a', 'b', 'c'])
    let isRunning = false
    await using _ = kitchen.queue('q').workBatches(async (jobs) => {
      isRunning = true
      await aborted(jobs[1]?.signal ?? AbortSignal.abort())
      return jobs.map(({ signal }) => (signal.aborted ? new Error('stopped') : 'well'))
    })
    await until('all run', () => isRunning)
    await other.cancel(String(second?.id), 'b')
    assert.deepEqual(await ended(kitchen, 'q'), [
      ['done', null],
      ['cancelled', 'b'],
      ['done', null],
    ])
  })
})

test('a job that is cancelled while its batch is gathered never reaches the handler', async () => {
  const [kitchen, other] = sharedKitchens()
  const [first] = await kitchen.queue('q').sendMany(['a', 'b'])
  const seen: unknown[] = []
  await using _ = kitchen
    .queue('q')
    .workBatches((jobs) => void seen.push(...jobs.map(({ payload }) => payload)), { batchMax: 3, waitMs: 60_000 })
  await until('both are held', async () => (await kitchen.broker.queues())[0]?.counts.running === 2)
  await other.cancel(String(first?.id), 'a')
  await until('it has ended', async () => (await kitchen.broker.queues())[0]?.counts.cancelled === 1)
  await kitchen.queue('q').sendMany(['c', 'd'])
  await ended(kitchen, 'q')
  assert.deepEqual(seen, ['b', 'c', 'd'])
})

describe('a wish to cancel', () => {
  test('outlives the worker that held the job: the next one cancels it and does not run it', async () => {
    const [kitchen, other] = sharedKitchens()
    const { id } = await kitchen.queue('q').send('x')
    const [held] = await kitchen.broker.take({ queue: 'q', node: 'dead', countMax: 1, leaseMs: 60_000 })
    assert.ok(held)
    assert.equal(await other.cancel(id, 'late'), 'asked')
    await kitchen.broker.commit([{ settle: { job: id, lease: held.lease, outcome: { kind: 'release' } } }])
    await using _ = kitchen.queue('q').work(() => assert.fail('it ran'))
    assert.deepEqual(await ended(kitchen, 'q'), [['cancelled', 'late']])
    await until('the wish is gone', async () => (await wishes(kitchen)).length === 0)
  })

  test('ends a job that goes back to its queue at that moment, and leaves nothing behind', async () => {
    await using kitchen = await openKitchen('memory:')
    const { id } = await kitchen.queue('q').send('x')
    const [held] = await kitchen.broker.take({ queue: 'q', node: 'n', countMax: 1, leaseMs: 60_000 })
    assert.ok(held)
    const { jobs } = kitchen.broker
    kitchen.broker.jobs = async (query) => {
      const found = await jobs.call(kitchen.broker, query)
      const outcome = { kind: 'snooze', inMs: 3_600_000 } as const
      await kitchen.broker.commit([{ settle: { job: id, lease: held.lease, outcome } }])
      return found
    }
    assert.equal(await kitchen.cancel(id, 'now'), 'cancelled')
    assert.equal((await kitchen.job(id))?.state, 'cancelled')
    assert.deepEqual(await wishes(kitchen), [])
  })

  test('for a job that ended just before its worker heard of it goes, so that a person can bring the job back', async () => {
    await using kitchen = await openKitchen('memory:')
    const { id } = await kitchen.queue('q').send('x')
    const fails = kitchen.queue('q').work(() => assert.fail('on purpose'), { attempts: 1 })
    await ended(kitchen, 'q')
    await fails.stop()
    await kitchen.broker.commit([{ put: [{ key: `cancel/q/${id}`, value: '{"reason":"too late"}' }] }])
    await using _ = kitchen.queue('q').work(() => 'well')
    await until('the wish is gone', async () => (await wishes(kitchen)).length === 0)
    await kitchen.broker.change([id], { kind: 'retry' })
    assert.deepEqual(await ended(kitchen, 'q'), [['done', null]])
  })

  test('that makes no sense harms nobody', async () => {
    await using kitchen = await openKitchen('memory:')
    const { id } = await kitchen.queue('q').send('x')
    await kitchen.broker.commit([{ put: [{ key: `cancel/q/${id}`, value: '[' }] }])
    await using _ = kitchen.queue('q').work(() => 'well')
    assert.deepEqual(await ended(kitchen, 'q'), [['done', null]])
  })

  test('is watched for while a worker works, and no longer', async () => {
    await using kitchen = await openKitchen('memory:')
    const watched = new Map<string, number>()
    const { watch } = kitchen.broker
    const count = (topic: string, by: number) => watched.set(topic, (watched.get(topic) ?? 0) + by)
    kitchen.broker.watch = (topic, onChange) => {
      count(topic, 1)
      const end = watch.call(kitchen.broker, topic, onChange)
      return () => {
        count(topic, -1)
        end()
      }
    }
    await kitchen.queue('q').send('x')
    assert.equal(watched.size, 0)
    const workers = [kitchen.queue('a').work(() => {}), kitchen.queue('b').work(() => {})]
    await until('both work', () => workers.every(({ isReady }) => isReady))
    assert.deepEqual(Object.fromEntries(watched), { cancel: 1, queue: 1, schedule: 1 })
    await Promise.all(workers.map((worker) => worker.stop()))
    assert.deepEqual(Object.fromEntries(watched), { cancel: 0, queue: 0, schedule: 0 })
  })
})

test('a job whose lease was lost before its cancelled run ended is cancelled when the same worker takes it again', async () => {
  await using kitchen = openTestKitchen()
  const { id } = await kitchen.queue('q').send('x')
  let runs = 0
  await using _ = kitchen.queue('q').work(
    async ({ signal }) => {
      runs++
      await aborted(signal)
      // As long as nobody renewed it.
      kitchen.pass(60_000)
      throw new Error('stopped')
    },
    { concurrency: 1 },
  )
  await until('it runs', () => runs > 0)
  assert.equal(await kitchen.cancel(id, 'no longer wanted'), 'asked')
  assert.deepEqual(await ended(kitchen, 'q'), [['cancelled', 'no longer wanted']])
  assert.equal(runs, 1)
  assert.deepEqual(await wishes(kitchen), [])
})
