import assert from 'node:assert/strict'
import { afterEach, describe, test, vi } from 'vitest'
import { ArgumentError, defineQueue, fail, fixed, openKitchen, type WorkOptions } from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'
import { until } from '../support/until.js'
import { ended, sharedKitchens } from './kitchens.js'

/** How often a job that always fails runs, when each of those who may say so says what is given. */
async function runsOf({
  job,
  policy,
  options,
  defined,
}: {
  job?: number
  policy?: number
  options?: number
  defined?: number
}) {
  await using kitchen = await openKitchen('memory:')
  const queue = kitchen.queue(defineQueue({ name: 'q', backoff: () => 0, ...(defined && { attempts: defined }) }))
  if (policy) await queue.changePolicy({ attempts: policy })
  await queue.send('x', job ? { attemptsMax: job } : {})
  let runs = 0
  await using _ = queue.work(
    () => {
      runs++
      throw new Error('always')
    },
    options ? { attempts: options } : {},
  )
  await ended(kitchen, 'q')
  return runs
}

describe('who says how often a job is tried', () => {
  test('the job, then the policy in the kitchen, then the worker, then the definition, then Hob', async () => {
    assert.equal(await runsOf({ job: 1, policy: 2, options: 3, defined: 4 }), 1)
    assert.equal(await runsOf({ policy: 2, options: 3, defined: 4 }), 2)
    assert.equal(await runsOf({ options: 3, defined: 4 }), 3)
    assert.equal(await runsOf({ defined: 4 }), 4)
    assert.equal(await runsOf({}), 5)
  })
})

describe('a policy that changes while workers work', () => {
  test('is gone by within a second, by a worker of another process', async () => {
    const [kitchen, other] = sharedKitchens()
    const queue = kitchen.queue('q')
    let runs = 0
    const handler = () => {
      runs++
      throw new Error('always')
    }
    await using worker = queue.work(handler, { attempts: 9, backoff: () => 0 })
    await until('it works', () => worker.isReady)
    await other.queue('q').changePolicy({ attempts: 2 })
    const runsOnce = async () => {
      runs = 0
      await queue.send('x')
      await ended(kitchen, 'q')
      return runs
    }
    await until('two attempts are all', async () => (await runsOnce()) === 2, { mostMs: 1_000 })
  })

  test('also says how long to wait, and leaves it to the worker again when it is taken back', async () => {
    const [kitchen, other] = sharedKitchens()
    const queue = kitchen.queue('q')
    await other.queue('q').changePolicy({ backoff: fixed({ firstMs: 3_600_000, jitter: 0 }) })
    await using _ = queue.work(
      () => {
        throw new Error('x')
      },
      { attempts: 2, backoff: () => 0 },
    )
    const { id } = await queue.send('waits an hour')
    const waiting = await until('it waits', async () => {
      const job = await kitchen.job(id)
      return job?.state === 'scheduled' && job
    })
    assert.ok(waiting.dueMs - Date.now() > 3_000_000)
    await other.queue('q').changePolicy({ backoff: null })
    const stateOf = async () => {
      const sent = await queue.send('waits no more')
      return until('it has failed once', async () => {
        const job = await kitchen.job(sent.id)
        return job?.failures && job.state !== 'running' && job.state
      })
    }
    await until('the worker says again', async () => (await stateOf()) !== 'scheduled', { mostMs: 1_000 })
  })

  test('that nobody can read changes nothing, and is told', async () => {
    await using kitchen = await openKitchen('memory:')
    await kitchen.broker.commit([{ put: [{ key: 'queue/q', value: '{"attempts":0}' }] }])
    await kitchen.queue('q').send('x')
    const faults: unknown[] = []
    await using _ = kitchen.queue('q').work(() => fail('no'), { onFault: (error) => faults.push(error) })
    assert.deepEqual(await ended(kitchen, 'q'), [['error', 'no']])
    assert.ok(faults[0] instanceof ArgumentError)
    assert.match(faults[0].message, /^record 'queue\/q' holds no policy: attempts is 0/)
  })
})

describe('what a worker keeps', () => {
  afterEach(() => void vi.useRealTimers())

  /** The retention that a worker sweeps by after half a minute; undefined when it did not sweep. */
  async function swept(kitchen: Kitchen, options: WorkOptions, doneCount: number): Promise<unknown> {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const seen: unknown[] = []
    const { sweep } = kitchen.broker
    kitchen.broker.sweep = (request) => {
      seen.push(request.keep)
      return sweep.call(kitchen.broker, request)
    }
    await using worker = kitchen.queue('q').work(() => 'x', options)
    await until('it works', () => worker.isReady)
    await kitchen.queue('q').sendMany(Array(doneCount).fill('x'))
    await ended(kitchen, 'q')
    vi.advanceTimersByTime(30_000)
    await new Promise((resolve) => setImmediate(resolve))
    return seen[0]
  }

  const cases: readonly (readonly [name: string, said: object, policy: object, keep: object])[] = [
    ['is bounded unless told otherwise', {}, {}, { doneMax: 100, errorMax: 10_000 }],
    ['is what it says', { doneMax: 5 }, {}, { doneMax: 5, errorMax: 10_000 }],
    [
      'is what the policy says, bound by bound',
      { doneMax: 5, errorMax: 6 },
      { doneMax: 7 },
      { doneMax: 7, errorMax: 6 },
    ],
    ['is all of an age when only that is said', { doneMs: 9 }, {}, { doneMs: 9, doneMax: Infinity, errorMax: 10_000 }],
    ['is all when infinite', { errorMs: Infinity, doneMax: Infinity }, {}, { doneMax: Infinity, errorMax: Infinity }],
  ]
  for (const [name, keep, policy, expected] of cases) {
    test(name, async () => {
      await using kitchen = await openKitchen('memory:')
      await kitchen.queue('q').changePolicy({ keep: policy })
      assert.deepEqual(await swept(kitchen, { keep }, 1), expected)
    })
  }

  test('is swept by its age also where nothing ends, and not else', async () => {
    await using kitchen = await openKitchen('memory:')
    assert.equal(await swept(kitchen, { keep: { doneMax: 5 } }, 0), undefined)
    await using other = await openKitchen('memory:')
    assert.ok(await swept(other, { keep: { doneMs: 60_000 } }, 0))
  })
})

test('a paused queue gives nobody its jobs until it goes on', async () => {
  const [kitchen, other] = sharedKitchens()
  const queue = kitchen.queue('q')
  await other.queue('q').pause()
  await queue.send('x')
  const seen: unknown[] = []
  await using worker = queue.work(({ payload }) => void seen.push(payload))
  await until('it works', () => worker.isReady)
  assert.equal((await kitchen.broker.queues())[0]?.isPaused, true)
  assert.deepEqual(seen, [] as unknown[])
  await other.queue('q').resume()
  assert.deepEqual(await ended(kitchen, 'q'), [['done', null]])
})

describe('a failure for good', () => {
  test('is in error at once, whatever attempts are left', async () => {
    await using kitchen = await openKitchen('memory:')
    const { id } = await kitchen.queue('q').send('x')
    await using _ = kitchen.queue('q').work(() => fail('no such person'))
    assert.deepEqual(await ended(kitchen, 'q'), [['error', 'no such person']])
    assert.equal((await kitchen.job(id))?.failures, 1)
  })
})
