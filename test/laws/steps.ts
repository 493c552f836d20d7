import assert from 'node:assert/strict'
import { type EngineUnderTest, lawsOf } from './engine.js'
import {
  assertCounted,
  at,
  commitOne,
  done,
  LEASE_MS,
  lifeOf,
  namesOf,
  newJob,
  send,
  settle,
  settleOf,
  stateOf,
  take,
  takeNames,
  takeOne,
} from './shorthand.js'

/** A step is all or nothing, and no step disturbs its neighbours (laws 1, 2, 8). */
export function stepLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'steps', (law) => {
    law('the end of a job, new jobs and records become true in one step', async ({ broker }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      const result = await commitOne(broker, {
        settle: settleOf(job, { kind: 'done' }),
        send: [newJob('b'), newJob('c', { queue: 'other' })],
        put: [{ key: 'stage', value: '"b"' }],
      })
      assert.equal(result.kind, 'done')
      assert.equal(result.sent.length, 2)
      assert.equal(await stateOf(broker, job.id), 'done')
      assert.deepEqual(await takeNames(broker), ['b'])
      assert.deepEqual(await takeNames(broker, { queue: 'other' }), ['c'])
      assert.equal((await broker.record('stage'))?.value, '"b"')
    })

    law('a lost step is skipped whole: nothing is sent and no record changes', async ({ broker, pass }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      await pass(LEASE_MS)
      const result = await commitOne(broker, {
        settle: settleOf(job, { kind: 'done' }),
        send: [newJob('b', { key: 'k' })],
        put: [{ key: 'stage', value: '"b"' }],
      })
      assert.deepEqual(result, { kind: 'lost', sent: [] })
      assert.deepEqual(await namesOf(broker), ['a'])
      assert.equal(await broker.record('stage'), undefined)
      assert.equal((await commitOne(broker, { send: [newJob('b', { key: 'k' })] })).kind, 'done')
    })

    law('a conflicting step is skipped whole: its job still runs and nothing is sent', async ({ broker }) => {
      await send(broker, 'a')
      await commitOne(broker, { put: [{ key: 'x', value: '1' }] })
      const job = await takeOne(broker)
      const result = await commitOne(broker, {
        settle: settleOf(job, { kind: 'done' }),
        send: [newJob('b', { key: 'k' })],
        put: [
          { key: 'y', value: '1' },
          { key: 'x', value: '2', expected: 0 },
          { key: 'z', value: '1' },
        ],
      })
      assert.deepEqual(result, { kind: 'conflict', sent: [] })
      assert.equal(await stateOf(broker, job.id), 'running')
      assert.deepEqual(await namesOf(broker), ['a'])
      assert.deepEqual(await broker.records('', { countMax: 10 }), [{ key: 'x', value: '1', version: 1 }])
      assert.equal(await done(broker, job), 'done')
      await assertCounted(broker)
    })

    law('a step that is both too late and in conflict is lost', async ({ broker, pass }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      await pass(LEASE_MS)
      const put = [{ key: 'x', value: '1', expected: 7 }]
      assert.equal((await commitOne(broker, { settle: settleOf(job, { kind: 'done' }), put })).kind, 'lost')
    })

    law('a step whose job is a duplicate takes effect all the same', async ({ broker }) => {
      await send(broker, 'a', newJob('held', { key: 'k' }))
      const job = await takeOne(broker)
      const result = await commitOne(broker, {
        settle: settleOf(job, { kind: 'done' }),
        send: [newJob('dup', { key: 'k' })],
        put: [{ key: 'x', value: '1' }],
      })
      assert.equal(result.kind, 'duplicate')
      assert.equal(await stateOf(broker, job.id), 'done')
      assert.equal((await broker.record('x'))?.version, 1)
    })

    law('a lost, a conflicting and a duplicate step leave their neighbours unharmed', async ({ broker, pass }) => {
      await send(broker, 'old', newJob('held', { key: 'k' }))
      const old = await takeOne(broker)
      await pass(LEASE_MS)
      const held = await take(broker)
      const results = await broker.commit([
        { send: [newJob('one')] },
        { settle: settleOf(old, { kind: 'done' }), send: [newJob('never')] },
        { settle: settleOf(at(held, 0), { kind: 'done' }), send: [newJob('two')] },
        { put: [{ key: 'x', value: '1', expected: 3 }], send: [newJob('never')] },
        { put: [{ key: 'x', value: '1', expected: 0 }], send: [newJob('three')] },
        { send: [newJob('never', { key: 'k' }), newJob('four')] },
        { settle: settleOf(at(held, 1), { kind: 'retry', inMs: 0, error: 'no' }), send: [newJob('five')] },
      ])
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['done', 'lost', 'done', 'conflict', 'done', 'duplicate', 'done'],
      )
      assert.deepEqual(
        results.map(({ sent }) => sent.length),
        [1, 0, 1, 0, 1, 2, 1],
      )
      assert.deepEqual(await namesOf(broker), ['old', 'held', 'one', 'two', 'three', 'four', 'five'])
      await assertCounted(broker)
    })

    law('steps are applied in order: each sees what the ones before it did', async ({ broker }) => {
      await send(broker, newJob('first', { key: 'k' }))
      const job = await takeOne(broker)
      const again = { send: [newJob('second', { key: 'k' })] }
      const results = await broker.commit([
        again,
        { settle: settleOf(job, { kind: 'done' }) },
        again,
        again,
        { put: [{ key: 'x', value: '1', expected: 0 }] },
        { put: [{ key: 'x', value: '2', expected: 1 }] },
        { put: [{ key: 'x', value: '3', expected: 1 }] },
        { put: [{ key: 'x', value: null, expected: 2 }] },
        { put: [{ key: 'x', value: '4', expected: 0 }] },
      ])
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['duplicate', 'done', 'done', 'duplicate', 'done', 'done', 'conflict', 'done', 'done'],
      )
      assert.equal(results[3]?.sent[0]?.id, results[2]?.sent[0]?.id)
      assert.deepEqual(await broker.record('x'), { key: 'x', value: '4', version: 3 })
    })

    law('a job settled twice in one call is settled once', async ({ broker }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      const results = await broker.commit([
        { settle: settleOf(job, { kind: 'done', result: '1' }) },
        { settle: settleOf(job, { kind: 'done', result: '2' }), send: [newJob('never')] },
      ])
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['done', 'lost'],
      )
      assert.equal((await lifeOf(broker, job.id)).result, '1')
      assert.deepEqual(await namesOf(broker), ['a'])
    })

    law('a job may send its successor under the key that it frees', async ({ broker }) => {
      await send(broker, newJob('tick 1', { key: 'tick' }))
      const job = await takeOne(broker)
      const result = await commitOne(broker, {
        settle: settleOf(job, { kind: 'done' }),
        send: [newJob('tick 2', { key: 'tick' })],
      })
      assert.equal(result.kind, 'done')
      assert.deepEqual(await takeNames(broker), ['tick 2'])
    })

    law('a job that goes on holds its key against the jobs of its own step', async ({ broker }) => {
      await send(broker, newJob('tick 1', { key: 'tick' }))
      const job = await takeOne(broker)
      const result = await commitOne(broker, {
        settle: settleOf(job, { kind: 'snooze', inMs: 1_000 }),
        send: [newJob('tick 2', { key: 'tick' })],
      })
      assert.deepEqual(result, { kind: 'duplicate', sent: [{ id: job.id, isNew: false }] })
      assert.equal(await stateOf(broker, job.id), 'scheduled')
    })

    law('calls made in one turn are each answered, and each is whole', async ({ broker }) => {
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, n) => commitOne(broker, { send: [newJob(String(n), { key: `k${n % 25}` })] })),
      )
      assert.equal(results.filter(({ kind }) => kind === 'done').length, 25)
      assert.equal(new Set(results.map(({ sent }) => at(sent, 0).id)).size, 25)
      const jobs = await take(broker)
      const kinds = await Promise.all([...jobs, ...jobs].map((job) => done(broker, job)))
      assert.deepEqual(kinds, [...jobs.map(() => 'done'), ...jobs.map(() => 'lost')])
    })

    law('what was committed is there after the kitchen is opened again', async ({ broker, pass, reopen }) => {
      await send(broker, 'plain', newJob('high', { priority: 5 }), newJob('front', { expedite: true }))
      await send(broker, newJob('late', { delayMs: 5_000, key: 'k' }), newJob('held', { priority: 9 }))
      await commitOne(broker, { put: [{ key: 'x', value: '1' }] })
      await settle(broker, await takeOne(broker), { kind: 'release' }, { ranMs: 1, output: 'once' })
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 1_000, error: 'no' })
      const held = await takeOne(broker)
      const before = await broker.jobs({ countMax: 100 })
      const lives = await Promise.all(before.map(({ id }) => broker.job(id)))
      const queues = await broker.queues()

      const again = await reopen()
      assert.deepEqual(await again.jobs({ countMax: 100 }), before)
      assert.deepEqual(await Promise.all(before.map(({ id }) => again.job(id))), lives)
      assert.deepEqual(await again.queues(), queues)
      assert.equal((await again.record('x'))?.version, 1)
      assert.equal((await commitOne(again, { send: [newJob('dup', { key: 'k' })] })).kind, 'duplicate')
      assert.equal(await done(again, held), 'done')
      await pass(5_000)
      assert.deepEqual(await takeNames(again), ['front', 'high', 'plain', 'late'])
    })
  })
}
