import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { openMemory } from '#hob/broker/memory/memory.js'
import { systemClock } from '#hob/core/clock.js'
import { cancel, fail, JobFailedError, KitchenError, openKitchen, TimeoutError } from '#hob/index.js'
import { Results } from '#hob/queue/results.js'
import { until } from '../support/until.js'
import { sharedKitchens } from './kitchens.js'

describe('a result', () => {
  test('comes from whichever process did the job', async () => {
    const [sender, worker] = sharedKitchens()
    const sent = await sender.queue('sums').send([1, 2])
    await using _ = worker.queue('sums').work(({ payload }) => ({ sum: (payload as number[])[0] }))
    assert.deepEqual(await sent.result(), { sum: 1 })
    assert.deepEqual(await worker.result(sent.id), { sum: 1 })
  })

  test('is undefined when the handler returned nothing, and null when it returned null', async () => {
    await using kitchen = await openKitchen('memory:')
    const [none, empty] = await kitchen.queue('q').sendMany(['none', 'null'])
    await using _ = kitchen.queue('q').work(({ payload }) => (payload === 'null' ? null : undefined))
    assert.equal(await none?.result(), undefined)
    assert.equal(await empty?.result(), null)
  })

  test('of a job that failed is its error, and of a cancelled one its reason', async () => {
    await using kitchen = await openKitchen('memory:')
    const [thrown, failed, cancelled] = await kitchen.queue('q').sendMany(['thrown', 'failed', 'cancelled'])
    await using _ = kitchen.queue('q').work(
      ({ payload }) => {
        if (payload === 'thrown') throw new RangeError('too far')
        return payload === 'failed' ? fail('no such person') : cancel('moved away')
      },
      { attempts: 1 },
    )
    for (const [job, state, message] of [
      [thrown, 'error', 'RangeError: too far'],
      [failed, 'error', 'no such person'],
      [cancelled, 'cancelled', 'moved away'],
    ] as const) {
      await assert.rejects(job?.result() ?? Promise.resolve(), (error) => {
        assert.ok(error instanceof JobFailedError)
        assert.deepEqual([error.code, error.job, error.state, error.message], ['job-failed', job?.id, state, message])
        return true
      })
    }
  })

  test('of a job that there is not is missing', async () => {
    await using kitchen = await openKitchen('memory:')
    await assert.rejects(kitchen.result('4711'), (error) => error instanceof KitchenError && error.code === 'missing')
  })

  test('that does not come in time is a TimeoutError, and the job goes on', async () => {
    await using kitchen = await openKitchen('memory:')
    const sent = await kitchen.queue('q').send('x')
    for (const timeoutMs of [0, 40]) {
      const sinceMs = performance.now()
      await assert.rejects(
        sent.result({ timeoutMs }),
        (error) => error instanceof TimeoutError && / is ready, /.test(error.message),
      )
      const tookMs = performance.now() - sinceMs
      assert.ok(tookMs >= timeoutMs - 1 && tookMs < timeoutMs + 2_000, `${tookMs} ms`)
    }
    await using _ = kitchen.queue('q').work(() => 'late')
    assert.equal(await sent.result({ timeoutMs: Number.POSITIVE_INFINITY }), 'late')
  })

  test('refuses a bound that is none', async () => {
    await using kitchen = await openKitchen('memory:')
    assert.throws(() => kitchen.result('1', { timeoutMs: Number.NaN }), /timeoutMs is NaN/)
    assert.throws(() => kitchen.result('1', { timeoutMs: -1 }), /timeoutMs is -1/)
  })

  test('is refused when the kitchen is closed meanwhile', async () => {
    const kitchen = await openKitchen('memory:')
    const sent = await kitchen.queue('q').send('x')
    const waiting = assert.rejects(sent.result(), (error) => error instanceof KitchenError && error.code === 'closed')
    await kitchen.close()
    await waiting
  })
})

/** A store whose looks are counted. */
function countedStore() {
  const broker = openMemory({ clock: systemClock })
  const looks: number[] = []
  const faults: unknown[] = []
  const jobs: typeof broker.jobs = async (query) => {
    looks.push(query.ids?.length ?? 0)
    const fault = faults.shift()
    if (fault !== undefined) throw fault
    return broker.jobs(query)
  }
  return { broker, looks, faults, results: new Results({ jobs }) }
}

describe('the looks for results', () => {
  test('are shared by all who wait, and become rare', async () => {
    const { broker, looks, results } = countedStore()
    const [step] = await broker.commit([{ send: Array.from({ length: 500 }, () => ({ queue: 'q', payload: '1' })) }])
    const ids = step?.sent.map(({ id }) => id) ?? []
    const waiting = Promise.allSettled(ids.map((id) => results.of(id, { timeoutMs: 1_000 })))
    await waiting
    assert.equal(Math.max(...looks), 500)
    // 5, 10, 20 … 160 and then 250 ms apart, and one at the end; who came late joins the others on the way.
    assert.ok(looks.length <= 25, `${looks.length} looks in a second`)
  })

  test('ask for a job once, however many wait for it', async () => {
    const { broker, looks, results } = countedStore()
    const [step] = await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const id = String(step?.sent[0]?.id)
    const many = Array.from({ length: 20 }, () => results.of(id))
    const [job] = await broker.take({ queue: 'q', node: 'n', countMax: 1, leaseMs: 1_000 })
    assert.ok(job)
    await broker.commit([{ settle: { job: id, lease: job.lease, outcome: { kind: 'done', result: '7' } } }])
    assert.deepEqual(await Promise.all(many), Array(20).fill(7))
    assert.deepEqual(new Set(looks), new Set([1]))
  })

  test('do not wait for the next one when the job has ended here', async () => {
    const { broker, looks, results } = countedStore()
    const [step] = await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const id = String(step?.sent[0]?.id)
    const waiting = [results.of(id), results.of(id)]
    const [job] = await broker.take({ queue: 'q', node: 'n', countMax: 1, leaseMs: 1_000 })
    assert.ok(job)
    // 5, 15, 35, 75, 155, 315 ms: the next look would come a quarter of a second later.
    await until('they are rare', () => looks.length >= 6)
    await broker.commit([{ settle: { job: id, lease: job.lease, outcome: { kind: 'done', result: '7' } } }])
    const sinceMs = performance.now()
    results.ended(id)
    results.ended('another')
    assert.deepEqual(await Promise.all(waiting), [7, 7])
    const tookMs = performance.now() - sinceMs
    assert.ok(tookMs < 150, `${tookMs} ms`)
    assert.equal(looks.length, 7)
    results.ended(id)
  })

  test('follow soon upon one that came too early', async () => {
    const { broker, looks, results } = countedStore()
    const [step] = await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const id = String(step?.sent[0]?.id)
    const waiting = results.of(id)
    await until('they are rare', () => looks.length >= 6)
    const sinceMs = performance.now()
    // It is told before the store knows it.
    results.ended(id)
    await until('it looked', () => looks.length >= 7)
    const [job] = await broker.take({ queue: 'q', node: 'n', countMax: 1, leaseMs: 1_000 })
    assert.ok(job)
    await broker.commit([{ settle: { job: id, lease: job.lease, outcome: { kind: 'done', result: '7' } } }])
    assert.equal(await waiting, 7)
    assert.ok(performance.now() - sinceMs < 150)
  })

  test('are tried again while the store is away, and end when it fails for good', async () => {
    const { broker, looks, faults, results } = countedStore()
    const [step] = await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const id = String(step?.sent[0]?.id)
    faults.push(new KitchenError('unreachable', 'away'), new KitchenError('busy', 'busy'))
    const waiting = results.of(id)
    waiting.catch(() => {})
    await until('it looked again', () => looks.length >= 4)
    faults.push(new KitchenError('corrupt', 'damaged'))
    await assert.rejects(waiting, /damaged/)
    const seen = looks.length
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.equal(looks.length, seen)
  })
})
