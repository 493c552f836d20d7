import assert from 'node:assert/strict'
import { type EngineUnderTest, lawsOf } from './engine.js'
import {
  assertCounted,
  at,
  crash,
  done,
  LEASE_MS,
  lifeOf,
  nameOf,
  newJob,
  send,
  sendOne,
  settle,
  stateOf,
  sweep,
  take,
  takeNames,
  takeOne,
} from './shorthand.js'

/** Who holds a job until when, and what a crash costs (laws 2, 3, 4, 7). */
export function leaseLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'leases', (law) => {
    law('jobs whose outcomes came too late come back, whatever their old holder does meanwhile', async (scratch) => {
      const { broker, pass } = scratch
      await send(broker, 'a', 'b')
      const late = await take(broker)
      await pass(LEASE_MS)
      for (const job of late) assert.equal(await settle(broker, job, { kind: 'release' }), 'lost')
      await send(broker, { ...newJob('other'), queue: 'other' })
      const [other] = await take(broker, { queue: 'other' })
      assert.ok(other)
      assert.equal(await settle(broker, other, { kind: 'done' }), 'done')
      assert.deepEqual(await takeNames(broker, { suspectsMax: 1 }), ['a', 'b'])
    })

    law('a take answers at most countMax jobs, all under one lease', async ({ broker }) => {
      await send(broker, 'a', 'b', 'c')
      const jobs = await take(broker, { countMax: 2 })
      assert.deepEqual(jobs.map(nameOf), ['a', 'b'])
      assert.deepEqual(at(jobs, 0).lease, at(jobs, 1).lease)
      assert.equal(at(jobs, 0).lease.queue, 'q')
    })

    law('the epoch rises at every take', async ({ broker, reopen }) => {
      await send(broker, 'a', 'b', newJob('c', { queue: 'other' }), 'd')
      const epochs = [await takeOne(broker), await takeOne(broker), await takeOne(broker, { queue: 'other' })]
      epochs.push(await takeOne(await reopen()))
      const rising = epochs.map(({ lease }) => lease.epoch)
      assert.ok(rising.every((epoch, n) => n === 0 || epoch > at(rising, n - 1)))
    })

    law('takes at the same time never answer the same job', async ({ broker }) => {
      await send(broker, ...Array.from({ length: 100 }, (_, n) => String(n)))
      const takes = await Promise.all(
        Array.from({ length: 30 }, (_, n) => take(broker, { node: `n${n}`, countMax: (n % 7) + 1 })),
      )
      const ids = takes.flat().map(({ id }) => id)
      assert.equal(ids.length, 100)
      assert.equal(new Set(ids).size, 100)
    })

    law('a job that runs is not taken by another before its lease ends', async ({ broker, pass }) => {
      await send(broker, 'a')
      await takeOne(broker)
      await pass(LEASE_MS - 1)
      assert.deepEqual(await take(broker, { node: 'b' }), [])
      await pass(1)
      assert.equal((await takeOne(broker, { node: 'b' })).attempt, 2)
    })

    law('an outcome just before the end of the lease is accepted', async ({ broker, pass }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      await pass(LEASE_MS - 1)
      assert.equal(await done(broker, job), 'done')
    })

    law('an outcome at the end of the lease is refused, although no sweep ran', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      const job = await takeOne(broker)
      await pass(LEASE_MS)
      assert.equal(await done(broker, job), 'lost')
      assert.equal((await lifeOf(broker, id)).result, null)
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('an old holder is refused, and the new one is not disturbed', async ({ broker, pass }) => {
      await send(broker, 'a')
      const old = await takeOne(broker)
      await pass(LEASE_MS)
      const job = await takeOne(broker, { node: 'b' })
      for (const kind of ['done', 'release'] as const) assert.equal(await settle(broker, old, { kind }), 'lost')
      assert.deepEqual(await broker.extend([old.lease], LEASE_MS), [old.lease])
      assert.equal(await done(broker, job), 'done')
    })

    law('a lease that is renewed lasts, however long its jobs run', async ({ broker, pass }) => {
      await send(broker, 'a', 'b')
      const jobs = await take(broker)
      for (let n = 0; n < 20; n += 1) {
        await pass(LEASE_MS - 1)
        assert.deepEqual(await broker.extend([at(jobs, 0).lease], LEASE_MS), [])
        await sweep(broker)
      }
      for (const job of jobs) assert.equal(await done(broker, job), 'done')
    })

    law('extend makes a lease last from now, longer or shorter', async ({ broker, pass }) => {
      await send(broker, 'long', 'short')
      const [long, short] = [await takeOne(broker), await takeOne(broker)]
      await pass(1_000)
      assert.deepEqual(await broker.extend([long.lease], 60_000), [])
      assert.deepEqual(await broker.extend([short.lease], 1_000), [])
      await pass(1_000)
      assert.equal(await done(broker, short), 'lost')
      await pass(58_999)
      assert.equal(await done(broker, long), 'done')
    })

    law('extend answers each lease that no longer holds a job, in the order given', async ({ broker, pass }) => {
      await send(broker, 'ends', 'settled', 'held', 'half settled', 'half held')
      const ends = await takeOne(broker, { leaseMs: 1_000 })
      const settled = await takeOne(broker)
      const held = await takeOne(broker)
      const halves = await take(broker, { countMax: 2 })
      await done(broker, settled)
      await done(broker, at(halves, 0))
      await pass(1_000)
      const foreign = { queue: 'other', epoch: held.lease.epoch }
      const leases = [held.lease, settled.lease, ends.lease, foreign, at(halves, 1).lease]
      assert.deepEqual(await broker.extend(leases, LEASE_MS), [settled.lease, ends.lease, foreign])
      assert.deepEqual(await broker.extend([], LEASE_MS), [])
    })

    law('a lease that has ended cannot be renewed, although no sweep ran', async ({ broker, pass }) => {
      await send(broker, 'a')
      const { lease } = await takeOne(broker)
      await pass(LEASE_MS)
      assert.deepEqual(await broker.extend([lease], LEASE_MS), [lease])
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('one job that is settled leaves its lease to the others', async ({ broker, pass }) => {
      await send(broker, 'a', 'b')
      const [a, b] = await take(broker)
      assert.ok(a && b)
      await settle(broker, a, { kind: 'retry', inMs: 0, error: 'no' })
      const again = await takeOne(broker, { node: 'b' })
      assert.equal(again.id, a.id)
      assert.ok(again.lease.epoch > a.lease.epoch)
      assert.deepEqual(await broker.extend([a.lease], LEASE_MS), [])
      assert.equal(await done(broker, a), 'lost')
      await pass(LEASE_MS - 1)
      assert.equal(await done(broker, b), 'done')
    })

    law('a scheduled job holds no lease', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      const job = await takeOne(broker)
      await settle(broker, job, { kind: 'snooze', inMs: 3 * LEASE_MS })
      assert.equal((await lifeOf(broker, id)).lease, null)
      assert.deepEqual(await broker.leases('q'), [])
      assert.deepEqual(await broker.extend([job.lease], LEASE_MS), [job.lease])
      await pass(2 * LEASE_MS)
      assert.deepEqual((await sweep(broker)).returned, [])
      assert.equal((await lifeOf(broker, id)).crashes, 0)
    })

    law('time turned back makes a lease last longer, and never ends it', async ({ broker, pass }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      await pass(-60_000)
      assert.deepEqual(await take(broker, { node: 'b' }), [])
      assert.deepEqual((await sweep(broker)).returned, [])
      await pass(60_000 + LEASE_MS - 1)
      assert.equal(await done(broker, job), 'done')
    })

    law('a lease renewed after time was turned back lasts from the new now', async ({ broker, pass }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      await pass(-60_000)
      assert.deepEqual(await broker.extend([job.lease], LEASE_MS), [])
      await pass(LEASE_MS)
      assert.equal(await done(broker, job), 'lost')
    })

    law('a job that has become ready stays so when time is turned back', async ({ broker, pass }) => {
      await send(broker, newJob('a', { delayMs: 1_000 }))
      await pass(1_000)
      await sweep(broker)
      await pass(-60_000)
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a lease lasts as long as asked, from a second to a day', async ({ broker, pass }) => {
      await send(broker, 'day')
      const day = await takeOne(broker, { leaseMs: 86_400_000 })
      await send(broker, 'second')
      const second = await takeOne(broker, { leaseMs: 1_000 })
      await pass(1_000)
      assert.equal(await done(broker, second), 'lost')
      await pass(86_398_999)
      assert.equal(await done(broker, day), 'done')
    })

    law('a sweep returns the jobs of ended leases, and says whose they were', async ({ broker, pass }) => {
      const ids = await send(broker, 'a', 'b')
      await take(broker, { node: 'web/1' })
      await sendOne(broker, 'c')
      await takeOne(broker, { leaseMs: 60_000 })
      await pass(LEASE_MS)
      const { returned, hasMore } = await sweep(broker)
      assert.deepEqual(
        [...returned].sort((a, b) => Number(a.id) - Number(b.id)),
        ids.map((id) => ({ id, node: 'web/1', crashes: 1, state: 'ready' })),
      )
      assert.equal(hasMore, false)
      assert.deepEqual((await sweep(broker)).returned, [])
      await assertCounted(broker)
    })

    law('a crash and a failure are counted apart', async (scratch) => {
      const { broker } = scratch
      const id = await sendOne(broker, 'a')
      await crash(scratch)
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 0, error: 'no' })
      await crash(scratch)
      const { crashes, failures, state } = await lifeOf(broker, id)
      assert.deepEqual({ crashes, failures, state }, { crashes: 2, failures: 1, state: 'ready' })
    })

    law('failures alone never set a job aside', async ({ broker }) => {
      await send(broker, 'a')
      for (let n = 0; n < 10; n += 1) {
        await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 0, error: 'no' })
      }
      assert.equal((await takeOne(broker)).attempt, 11)
    })

    law('a job that crashed three times is set aside as error, by a sweep', async (scratch) => {
      const { broker, pass } = scratch
      const id = await sendOne(broker, 'bomb')
      await crash(scratch)
      await crash(scratch)
      await takeOne(broker)
      await pass(LEASE_MS)
      assert.deepEqual((await sweep(broker)).returned, [{ id, node: 'a', crashes: 3, state: 'error' }])
      const { state, error, attempts, history } = await lifeOf(broker, id)
      assert.equal(state, 'error')
      assert.match(error ?? '', /crash/)
      assert.equal(attempts, 3)
      assert.deepEqual(
        history.map(({ ended }) => ended),
        ['crash', 'crash', 'crash'],
      )
      await pass(60_000)
      assert.deepEqual(await take(broker), [])
      await assertCounted(broker)
    })

    law('a job that crashed three times is set aside as error, by a take', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'bomb')
      for (let n = 0; n < 3; n += 1) {
        await takeOne(broker)
        await pass(LEASE_MS)
      }
      assert.deepEqual(await take(broker), [])
      assert.equal(await stateOf(broker, id), 'error')
    })

    law('a job with one crash left is a suspect', async (scratch) => {
      const { broker } = scratch
      await send(broker, 'bomb')
      await crash(scratch)
      const once = await takeOne(broker)
      assert.equal(once.isSuspect, false)
      await settle(broker, once, { kind: 'release' })
      await crash(scratch)
      const twice = await takeOne(broker)
      assert.equal(twice.isSuspect, true)
      await settle(broker, twice, { kind: 'retry', inMs: 0, error: 'no' })
      assert.equal((await takeOne(broker)).isSuspect, true)
    })

    const threeSuspects = async ({ broker, pass }: Parameters<typeof crash>[0]): Promise<void> => {
      await send(broker, 'bomb 1', 'bomb 2', 'bomb 3')
      for (let n = 0; n < 2; n += 1) {
        await take(broker)
        await pass(LEASE_MS)
        await sweep(broker)
      }
      await send(broker, 'a', 'b')
    }

    law('a take answers one suspect at most, and none when told so', async (scratch) => {
      const { broker } = scratch
      await threeSuspects(scratch)
      assert.deepEqual(await takeNames(broker, { countMax: 1, suspectsMax: 0 }), ['a'])
      assert.deepEqual(await takeNames(broker), ['bomb 1', 'b'])
      assert.deepEqual(await takeNames(broker, { suspectsMax: 0 }), [])
      assert.deepEqual(await takeNames(broker, { suspectsMax: 1 }), ['bomb 2'])
      assert.deepEqual(await takeNames(broker, { countMax: 1 }), ['bomb 3'])
    })

    law('a suspect keeps its place in the order', async (scratch) => {
      const { broker } = scratch
      await threeSuspects(scratch)
      await send(broker, newJob('front', { expedite: true }))
      assert.deepEqual(await takeNames(broker), ['front', 'bomb 1', 'a', 'b'])
    })

    law('a suspect behind others waits for its turn, and for a take with room for it', async (scratch) => {
      const { broker, pass } = scratch
      await send(broker, newJob('bomb', { priority: -1 }))
      for (let n = 0; n < 2; n += 1) await crash(scratch)
      await send(broker, 'a', 'b', 'c', newJob('last', { priority: -1 }))
      assert.deepEqual(await takeNames(broker, { countMax: 2 }), ['a', 'b'])
      await pass(LEASE_MS)
      assert.deepEqual(await takeNames(broker, { countMax: 4 }), ['a', 'b', 'c', 'bomb'])
      assert.deepEqual(await takeNames(broker), ['last'])
    })

    law('a poisoned job does not take its neighbours with it', async (scratch) => {
      const { broker, pass } = scratch
      const bomb = await sendOne(broker, newJob('bomb', { priority: 1 }))
      const ids = await send(broker, 'a', 'b')
      // A worker that dies of the bomb, as long as it gets it together with others; it settles what it runs without it.
      for (let n = 0; n < 4; n += 1) {
        const jobs = await take(broker, { suspectsMax: 1 })
        const dies = jobs.some(({ id }) => id === bomb)
        if (!dies) for (const job of jobs) await done(broker, job)
        await pass(LEASE_MS)
      }
      assert.equal(await stateOf(broker, bomb), 'error')
      for (const id of ids) assert.notEqual(await stateOf(broker, id), 'error')
    })
  })
}
