import assert from 'node:assert/strict'
import type { Broker } from '#hob/broker/broker.js'
import type { NewJob, Outcome, Sweep, Take } from '#hob/broker/job-store.js'
import { ArgumentError, KitchenError } from '#hob/core/errors.js'
import { BATCH_MAX, PAYLOAD_BYTES_MAX, RESULT_BYTES_MAX } from '#hob/core/limits.js'
import { type EngineUnderTest, lawsOf } from './engine.js'
import { commitOne, done, KEEP_ALL, LEASE_MS, newJob, send, settle, take, takeNames, takeOne } from './shorthand.js'

/** A value of a type that only a caller without TypeScript can pass. */
const odd = (value: unknown): never => value as never

/** What is refused before anything is done, and what a closed kitchen says. */
export function argumentLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'arguments', (law) => {
    const refuses = async (call: Promise<unknown>, field: string): Promise<void> => {
      const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof ArgumentError, `${field}: an ArgumentError was expected, not ${error}`)
      assert.ok(error.message.startsWith(`${field} is `), `'${error.message}' must name ${field}`)
      assert.ok(!error.message.includes('\n') && error.message.length < 300, 'one line, not the whole value')
    }

    const badJobs: readonly (readonly [string, Partial<NewJob>])[] = [
      ['queue', { queue: '' }],
      ['queue', { queue: 'x'.repeat(201) }],
      ['queue', { queue: 'two\nlines' }],
      ['queue', { queue: 'half a pair \ud83c' }],
      ['queue', { queue: odd(7) }],
      ['payload', { payload: odd({ a: 1 }) }],
      ['payload', { payload: 'x'.repeat(PAYLOAD_BYTES_MAX + 1) }],
      ['payload', { payload: `${'é'.repeat(PAYLOAD_BYTES_MAX / 2)}x` }],
      ['priority', { priority: 1.5 }],
      ['priority', { priority: 1_001 }],
      ['priority', { priority: -1_001 }],
      ['priority', { priority: Number.NaN }],
      ['priority', { priority: odd('1') }],
      ['delayMs', { delayMs: -1 }],
      ['delayMs', { delayMs: 0.5 }],
      ['delayMs', { delayMs: Number.POSITIVE_INFINITY }],
      ['delayMs', { delayMs: 1, expedite: true }],
      ['key', { key: '' }],
      ['key', { key: 'x'.repeat(1_001) }],
      ['key', { key: 'a\0b' }],
      ['keyScope', { key: 'k', keyScope: odd('always') }],
      ['attemptsMax', { attemptsMax: 0 }],
      ['attemptsMax', { attemptsMax: 2.5 }],
    ]
    law('a job outside the bounds is refused, and nothing of its call is done', async ({ broker }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      const end = { settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } as const } }
      for (const [field, bad] of badJobs) {
        const put = [{ key: 'x', value: '1' }]
        await refuses(broker.commit([end, { send: [newJob('good')], put }, { send: [newJob('bad', bad)] }]), field)
      }
      assert.deepEqual(await takeNames(broker), [])
      assert.equal(await broker.record('x'), undefined)
      assert.equal((await broker.jobs({ countMax: 10 })).length, 1)
      assert.equal(await done(broker, job), 'done')
    })

    law('a job at the very bounds is accepted', async ({ broker }) => {
      const payload = JSON.stringify('é'.repeat(PAYLOAD_BYTES_MAX / 2 - 1))
      const queue = '🍲'.repeat(100)
      const { kind } = await commitOne(broker, {
        send: [
          newJob('', { payload, queue }),
          newJob('a', { queue, priority: 1_000, key: 'x'.repeat(1_000), attemptsMax: 1 }),
          newJob('b', { queue, priority: -1_000, delayMs: 0, key: 'two\nlines' }),
          newJob('c', { queue, delayMs: 1_000 * 365 * 86_400_000 }),
        ],
      })
      assert.equal(kind, 'done')
      const jobs = await take(broker, { queue })
      assert.equal(jobs.length, 3)
      assert.equal(jobs[1]?.payload, payload)
    })

    law('a call of no steps, or of more than 10,000 steps, jobs or records, is refused', async ({ broker }) => {
      const many = Array.from({ length: BATCH_MAX / 2 + 1 }, (_, n) => n)
      const jobs = many.map(() => newJob('a'))
      const put = many.map((n) => ({ key: `r${n}`, value: '1' }))
      await refuses(broker.commit([]), 'steps.length')
      await refuses(broker.commit([...many, ...many].map(() => ({}))), 'steps.length')
      await refuses(broker.commit([{ send: jobs }, { send: jobs }]), 'jobs to send')
      await refuses(broker.commit([{ put }, { put }]), 'records to put')
      assert.deepEqual(await broker.queues(), [])
      assert.deepEqual(await broker.records('', { countMax: 1 }), [])
    })

    const badOutcomes: readonly (readonly [string, Outcome])[] = [
      ['outcome', { kind: odd('finished') }],
      ['result', { kind: 'done', result: 'x'.repeat(RESULT_BYTES_MAX + 1) }],
      ['result', { kind: 'done', result: odd(1) }],
      ['inMs', { kind: 'retry', inMs: -1, error: 'no' }],
      ['inMs', { kind: 'snooze', inMs: Number.NaN }],
      ['inMs', { kind: 'snooze', inMs: Number.POSITIVE_INFINITY }],
      ['error', { kind: 'retry', inMs: 0, error: odd(new Error('no')) }],
      ['error', { kind: 'error', error: odd(undefined) }],
      ['reason', { kind: 'cancel', reason: odd(null) }],
    ]
    law('an outcome outside the bounds is refused, and its job still runs', async ({ broker }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      for (const [field, outcome] of badOutcomes) await refuses(settle(broker, job, outcome), field)
      await refuses(settle(broker, job, { kind: 'done' }, { ranMs: -1 }), 'ranMs')
      await refuses(settle(broker, job, { kind: 'done' }, { ranMs: 1, exitCode: 0.5 }), 'exitCode')
      await refuses(settle(broker, job, { kind: 'done' }, { ranMs: 1, output: odd(7) }), 'output')
      await refuses(done(broker, { ...job, lease: { queue: 'q', epoch: -1 } }), 'epoch')
      await refuses(done(broker, { ...job, id: odd(1) }), 'job')
      assert.equal(await done(broker, job), 'done')
    })

    law('a record outside the bounds is refused, and none changes', async ({ broker }) => {
      const put = (change: object): Promise<unknown> =>
        commitOne(broker, {
          put: [
            { key: 'good', value: '1' },
            { key: 'x', value: '1', ...change },
          ],
        })
      await refuses(put({ key: '' }), 'key')
      await refuses(put({ key: 'a\nb' }), 'key')
      await refuses(put({ key: 'x'.repeat(1_001) }), 'key')
      await refuses(put({ value: 1 }), 'value')
      await refuses(put({ value: 'x'.repeat(PAYLOAD_BYTES_MAX + 1) }), 'value')
      await refuses(put({ expected: -1 }), 'expected')
      await refuses(put({ expected: 1.5 }), 'expected')
      await refuses(put({ ttlMs: -1 }), 'ttlMs')
      await refuses(broker.record(''), 'key')
      await refuses(broker.records('', { countMax: 0 }), 'countMax')
      await refuses(broker.records(odd(1), { countMax: 1 }), 'prefix')
      assert.deepEqual(await broker.records('', { countMax: 10 }), [])
    })

    law('a take outside the bounds is refused, and takes nothing', async ({ broker }) => {
      await send(broker, 'a')
      const bad: readonly (readonly [string, Partial<Take>])[] = [
        ['queue', { queue: '' }],
        ['node', { node: '' }],
        ['node', { node: 'x'.repeat(201) }],
        ['node', { node: 'a\tb' }],
        ['countMax', { countMax: 0 }],
        ['countMax', { countMax: 10_001 }],
        ['countMax', { countMax: 1.5 }],
        ['leaseMs', { leaseMs: 999 }],
        ['leaseMs', { leaseMs: 86_400_001 }],
        ['suspectsMax', { suspectsMax: odd(2) }],
      ]
      for (const [field, more] of bad) await refuses(take(broker, more), field)
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a renewal, a sweep, a wait or a query outside the bounds is refused', async ({ broker }) => {
      const swept = (more: object): Promise<unknown> =>
        broker.sweep({ queue: 'q', keep: KEEP_ALL, countMax: 1, ...more } satisfies Sweep)
      await refuses(broker.extend([], 999), 'leaseMs')
      await refuses(broker.extend([{ queue: '', epoch: 1 }], LEASE_MS), 'queue')
      await refuses(broker.extend([{ queue: 'q', epoch: 1.5 }], LEASE_MS), 'epoch')
      await refuses(swept({ queue: '' }), 'queue')
      await refuses(swept({ countMax: 0 }), 'countMax')
      await refuses(swept({ keep: { doneMax: -1, errorMax: 0 } }), 'doneMax')
      await refuses(swept({ keep: { doneMax: 0, errorMax: Number.NaN } }), 'errorMax')
      await refuses(swept({ keep: { doneMax: 0, errorMax: 0, doneMs: -1 } }), 'doneMs')
      await refuses(swept({ keep: { doneMax: 0, errorMax: 0, errorMs: 0.5 } }), 'errorMs')
      await refuses(broker.wait('q', { mostMs: -1 }), 'mostMs')
      await refuses(broker.wait('q', { mostMs: 86_400_001 }), 'mostMs')
      await refuses(broker.wait('', { mostMs: 1 }), 'queue')
      await refuses(broker.oldestReady(['q', '']), 'queue')
      await refuses(broker.oldestReady(Array.from({ length: 10_001 }, () => 'q')), 'queues.length')
      await refuses(broker.jobs({ countMax: 10_001 }), 'countMax')
      await refuses(broker.jobs({ queue: '', countMax: 1 }), 'queue')
      await refuses(broker.jobs({ states: [odd('asleep')], countMax: 1 }), 'states')
      await refuses(broker.job(odd(1)), 'id')
      await refuses(broker.leases(''), 'queue')
      await refuses(broker.jobs({ ids: [], countMax: 1 }), 'ids.length')
      await refuses(broker.change([], { kind: 'drop' }), 'ids.length')
      await refuses(broker.change(['1', '1'], { kind: 'drop' }), 'ids')
      await refuses(broker.change(['1'], { kind: odd('eat') }), 'change')
      await refuses(broker.change(['1'], { kind: 'cancel', reason: odd(1) }), 'reason')
      await refuses(broker.pause({ queue: '', isPaused: true }), 'queue')
      assert.throws(() => broker.watch('a/b', () => {}), ArgumentError)
      await refuses(broker.reset({ queue: '', gone: [] }), 'queue')
      await refuses(broker.reset({ queue: 'q', gone: [''] }), 'gone')
      await refuses(broker.clean({ queue: '' }), 'queue')
    })

    law('closing is safe twice, and every call after it says that the kitchen is closed', async ({ broker }) => {
      await send(broker, 'a')
      const { lease } = await takeOne(broker)
      await Promise.all([broker.close(), broker.close()])
      await broker.close()
      const calls: Record<Exclude<keyof Broker, 'capabilities' | 'close'>, () => Promise<unknown>> = {
        commit: () => broker.commit([{}]),
        commitWithin: () => broker.commitWithin({}, [{ send: [newJob('a')] }]),
        take: () => take(broker),
        extend: () => broker.extend([lease], LEASE_MS),
        sweep: () => broker.sweep({ queue: 'q', keep: KEEP_ALL, countMax: 1 }),
        record: () => broker.record('x'),
        records: () => broker.records('', { countMax: 1 }),
        wait: () => broker.wait('q', { mostMs: 1 }),
        watch: async () => broker.watch('color', () => {}),
        change: () => broker.change(['1'], { kind: 'drop' }),
        pause: () => broker.pause({ queue: 'q', isPaused: true }),
        describe: () => broker.describe(),
        diagnose: () => broker.diagnose({}),
        queues: () => broker.queues(),
        leases: () => broker.leases('q'),
        oldestReady: () => broker.oldestReady(['q']),
        jobs: () => broker.jobs({ countMax: 1 }),
        job: () => broker.job('1'),
        reset: () => broker.reset({ queue: 'q', gone: [] }),
        clean: () => broker.clean({ queue: 'q' }),
      }
      for (const [name, call] of Object.entries(calls)) {
        await assert.rejects(call(), (error) => error instanceof KitchenError && error.code === 'closed', name)
      }
    })

    law('closing finishes what was begun', async ({ broker, reopen }) => {
      const sending = send(broker, 'a', 'b')
      await broker.close()
      assert.equal((await sending).length, 2)
      assert.deepEqual(await takeNames(await reopen()), ['a', 'b'])
    })
  })
}
