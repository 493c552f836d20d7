import assert from 'node:assert/strict'
import type { NewJob } from '#hob/broker/job-store.js'
import { type EngineUnderTest, lawsOf } from './engine.js'
import {
  assertCounted,
  at,
  commitOne,
  crash,
  done,
  LEASE_MS,
  lifeOf,
  namesOf,
  newJob,
  send,
  sendOne,
  settle,
  stateOf,
  summaryOf,
  sweep,
  take,
  takeNames,
  takeOne,
} from './shorthand.js'

/** What a sent job is, where it stands in the queue, and what its key means (laws 1, 5, 6). */
export function sendingLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'sending', (law) => {
    law('a sent job is ready, and is taken as it was sent', async ({ broker }) => {
      const id = await sendOne(broker, newJob('soup', { attemptsMax: 4, key: 'k' }))
      assert.equal(await stateOf(broker, id), 'ready')
      const job = await takeOne(broker)
      assert.equal(job.id, id)
      assert.equal(job.payload, '"soup"')
      assert.equal(job.attemptsMax, 4)
      assert.equal(job.attempt, 1)
      assert.equal(job.failures, 0)
      assert.equal(job.isSuspect, false)
      assert.equal(job.sentMs, (await lifeOf(broker, id)).sentMs)
    })

    law('a job without attemptsMax leaves it to the worker', async ({ broker }) => {
      await send(broker, 'a')
      assert.equal((await takeOne(broker)).attemptsMax, null)
    })

    law('a payload comes back letter for letter', async ({ broker }) => {
      const payload = '{ "z": [1, 2.50, "\\u0000", "\\"\'$()\\n"],\t"a": "héllo 🍲 \u2028" }'
      const id = await sendOne(broker, { queue: 'q', payload })
      assert.equal((await lifeOf(broker, id)).payload, payload)
      assert.equal((await takeOne(broker)).payload, payload)
    })

    law('of hundreds that are taken at once each is what it was, and in its turn', async ({ broker, pass }) => {
      const odd = (at: number) => ['', '\u001a,', '\0\u001a0', ', ', 'héllo 🍲'][at % 5]
      const jobs = Array.from({ length: 250 }, (_, at) => ({
        queue: 'q',
        payload: `${at}${odd(at)}`,
        priority: at % 100 === 7 ? 1 : 0,
        ...(at % 60 === 5 && { attemptsMax: at }),
      }))
      const ids = await send(broker, ...jobs)
      // Of the first three one has failed, and takes a new place; one has crashed, and one was given back.
      const [failed, crashed, released] = await take(broker, { countMax: 3 })
      assert.ok(failed && crashed && released)
      await settle(broker, failed, { kind: 'retry', inMs: 0, error: 'no' })
      await settle(broker, released, { kind: 'release' })
      await pass(LEASE_MS)
      const told = (await take(broker)).map(({ id, payload, attemptsMax, failures, attempt }) =>
        JSON.stringify([Number(id), payload, attemptsMax, failures, attempt]),
      )
      const turns = [...jobs.keys()].sort((a, b) => (jobs[b]?.priority ?? 0) - (jobs[a]?.priority ?? 0) || a - b)
      const expected = turns.map((at) => {
        const { payload, attemptsMax }: Partial<NewJob> = jobs[at] ?? {}
        const failures = ids[at] === failed.id ? 1 : 0
        return JSON.stringify([
          Number(ids[at]),
          payload,
          attemptsMax,
          failures,
          ids[at] === crashed.id ? 2 : 1 + failures,
        ])
      })
      const stays = (text: string) => !text.startsWith(`[${failed.id},`)
      assert.deepEqual(told.filter(stays), expected.filter(stays))
      assert.deepEqual(told.toSorted(), expected.toSorted())
    })

    law('jobs of one call do not take on what their neighbours are', async ({ broker, pass }) => {
      const payloads = [
        '"a\u0000b"',
        '"raw \u0000"',
        '"\\\\u0041"',
        '""',
        '"\\"',
        '\n[1]\t',
        `"${'long'.repeat(1_000)}"`,
        '"🍲"',
      ]
      const kinds: readonly Partial<NewJob>[] = [
        {},
        { priority: 3 },
        { delayMs: 7 },
        { attemptsMax: 2 },
        { expedite: true },
        { key: 'k' },
        { queue: 'other' },
      ]
      const jobs = kinds.flatMap((kind) => payloads.map((payload) => ({ queue: 'q', payload, ...kind })))
      const { kind, sent } = await commitOne(broker, { send: jobs })
      assert.equal(kind, 'duplicate')
      assert.deepEqual(
        sent.map(({ isNew }) => isNew),
        jobs.map((job, at) => job.key === undefined || at === jobs.findIndex(({ key }) => key === 'k')),
      )
      await pass(7)
      const taken = [...(await take(broker)), ...(await take(broker, { queue: 'other' }))]
      const toldOf = (id: string, queue: string, payload: string, attemptsMax: number | null | undefined) =>
        JSON.stringify([Number(id), queue, payload, attemptsMax ?? null])
      assert.deepEqual(
        taken.map((job) => toldOf(job.id, job.lease.queue, job.payload, job.attemptsMax)).sort(),
        jobs
          .flatMap((job, at) => {
            const one = sent[at]
            return one?.isNew ? [toldOf(one.id, job.queue, job.payload, job.attemptsMax)] : []
          })
          .sort(),
      )
      assert.deepEqual((await summaryOf(broker)).counts.running, taken.length - payloads.length)
    })

    law('jobs of one call are sent in its order', async ({ broker }) => {
      const results = await broker.commit([
        { send: [newJob('a'), newJob('b')] },
        { send: [newJob('c')] },
        { send: [] },
        {},
        { send: [newJob('d')] },
      ])
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['done', 'done', 'done', 'done', 'done'],
      )
      assert.deepEqual(
        results.map(({ sent }) => sent.length),
        [2, 1, 0, 0, 1],
      )
      assert.deepEqual(await takeNames(broker), ['a', 'b', 'c', 'd'])
    })

    law('10,000 jobs go in one call, as many steps or as one', async ({ broker }) => {
      const jobs = Array.from({ length: 10_000 }, (_, n) => newJob(String(n)))
      const asSteps = await broker.commit(jobs.map((job) => ({ send: [job] })))
      const asOne = await commitOne(broker, { send: jobs })
      assert.equal(new Set([...asSteps.flatMap(({ sent }) => sent), ...asOne.sent].map(({ id }) => id)).size, 20_000)
      assert.equal((await summaryOf(broker)).counts.ready, 20_000)
      const taken = await takeNames(broker, { countMax: 10_000 })
      assert.deepEqual(
        taken,
        jobs.map((_, n) => String(n)),
      )
    })

    law('first in is first out', async ({ broker, pass }) => {
      for (const name of ['a', 'b', 'c']) {
        await send(broker, name)
        await pass(1)
      }
      assert.deepEqual(await takeNames(broker, { countMax: 2 }), ['a', 'b'])
      await send(broker, 'd')
      assert.deepEqual(await takeNames(broker), ['c', 'd'])
    })

    law('a higher priority goes first, and equal ones in turn', async ({ broker }) => {
      await send(broker, newJob('low', { priority: -1000 }), 'a', newJob('high', { priority: 1000 }), 'b')
      await send(broker, newJob('high too', { priority: 1000 }), newJob('mid', { priority: 1 }))
      assert.deepEqual(await takeNames(broker), ['high', 'high too', 'mid', 'a', 'b', 'low'])
    })

    law('what is expedited goes to the very front, the latest first', async ({ broker, pass }) => {
      await send(broker, newJob('high', { priority: 1000 }), 'plain', newJob('first', { expedite: true }))
      await pass(5)
      await send(broker, newJob('second', { expedite: true, priority: -1000 }), newJob('third', { expedite: true }))
      assert.deepEqual(await takeNames(broker), ['third', 'second', 'first', 'high', 'plain'])
    })

    law('queues do not touch each other', async ({ broker }) => {
      await send(broker, newJob('other', { queue: 'other', expedite: true }), 'a')
      assert.deepEqual(await takeNames(broker), ['a'])
      assert.deepEqual(await takeNames(broker), [])
      assert.deepEqual(await takeNames(broker, { queue: 'other' }), ['other'])
      assert.deepEqual(await takeNames(broker, { queue: 'never seen' }), [])
    })

    law('a delayed job waits until it is due, and not a millisecond less', async ({ broker, pass }) => {
      const id = await sendOne(broker, newJob('late', { delayMs: 5_000 }))
      assert.equal(await stateOf(broker, id), 'scheduled')
      await pass(4_999)
      assert.deepEqual(await takeNames(broker), [])
      await pass(1)
      assert.deepEqual(await takeNames(broker), ['late'])
    })

    law('a delay of nothing is no delay', async ({ broker }) => {
      const id = await sendOne(broker, newJob('now', { delayMs: 0 }))
      assert.equal(await stateOf(broker, id), 'ready')
      assert.deepEqual(await takeNames(broker), ['now'])
    })

    law('a delayed job stands where its due time puts it', async ({ broker, pass }) => {
      await send(broker, newJob('due at 2000', { delayMs: 2_000 }), newJob('due at 1000', { delayMs: 1_000 }))
      await pass(1_500)
      await send(broker, 'sent at 1500')
      await pass(1_500)
      await send(broker, 'sent at 3000', newJob('urgent', { priority: 1 }))
      assert.deepEqual(await takeNames(broker), [
        'urgent',
        'due at 1000',
        'sent at 1500',
        'due at 2000',
        'sent at 3000',
      ])
    })

    law('a delayed job falls due although no sweep runs, and a sweep says how many did', async ({ broker, pass }) => {
      await send(
        broker,
        newJob('a', { delayMs: 1_000 }),
        newJob('b', { delayMs: 1_000 }),
        newJob('c', { delayMs: 9_000 }),
      )
      await pass(1_000)
      assert.deepEqual(await takeNames(broker, { countMax: 1 }), ['a'])
      await pass(8_000)
      const { dueCount } = await sweep(broker)
      assert.equal(dueCount, 1)
      assert.deepEqual(await takeNames(broker), ['b', 'c'])
    })

    law('a key sent again answers the job that holds it', async ({ broker }) => {
      const id = await sendOne(broker, newJob('first', { key: 'k' }))
      const again = await commitOne(broker, { send: [newJob('second', { key: 'k' })] })
      assert.deepEqual(again, { kind: 'duplicate', sent: [{ id, isNew: false }] })
      assert.deepEqual(await namesOf(broker), ['first'])
    })

    law('a duplicate leaves the other jobs of its step alone', async ({ broker }) => {
      const id = await sendOne(broker, newJob('first', { key: 'k' }))
      const { kind, sent } = await commitOne(broker, { send: [newJob('a'), newJob('dup', { key: 'k' }), newJob('b')] })
      assert.equal(kind, 'duplicate')
      assert.deepEqual(
        sent.map(({ isNew }) => isNew),
        [true, false, true],
      )
      assert.equal(at(sent, 1).id, id)
      assert.deepEqual(await takeNames(broker), ['first', 'a', 'b'])
    })

    law('duplicates are found inside one step and between the steps of one call', async ({ broker }) => {
      const [one, two] = await broker.commit([
        { send: [newJob('a', { key: 'k' }), newJob('a again', { key: 'k' })] },
        { send: [newJob('a once more', { key: 'k' }), newJob('b', { key: 'l' })] },
      ])
      assert.equal(one?.kind, 'duplicate')
      assert.equal(two?.kind, 'duplicate')
      const ids = [...(one?.sent ?? []), ...(two?.sent ?? [])].map(({ id }) => id)
      assert.equal(new Set(ids.slice(0, 3)).size, 1)
      assert.deepEqual(await namesOf(broker), ['a', 'b'])
      await assertCounted(broker)
    })

    law('a key is unique in its queue only', async ({ broker }) => {
      const { kind } = await commitOne(broker, {
        send: [newJob('here', { key: 'k' }), newJob('there', { key: 'k', queue: 'other' })],
      })
      assert.equal(kind, 'done')
    })

    law('a key is compared letter for letter', async ({ broker }) => {
      const keys = ['k', 'K', 'k ', 'ｋ', 'k\n', 'é', 'e\u0301', '%', '_']
      const { kind } = await commitOne(broker, { send: keys.map((key) => newJob(key, { key })) })
      assert.equal(kind, 'done')
    })

    law('a live key is held while its job waits, runs, waits to be retried and is returned', async (scratch) => {
      const { broker, pass } = scratch
      const isHeld = async (): Promise<boolean> =>
        (await commitOne(broker, { send: [newJob('again', { key: 'k' })] })).kind === 'duplicate'
      await send(broker, newJob('a', { key: 'k', delayMs: 1_000 }))
      assert.ok(await isHeld(), 'while it is scheduled')
      await pass(1_000)
      assert.ok(await isHeld(), 'when it is due')
      const job = await takeOne(broker)
      assert.ok(await isHeld(), 'while it runs')
      await settle(broker, job, { kind: 'retry', inMs: 1_000, error: 'no' })
      assert.ok(await isHeld(), 'while it waits to be retried')
      await pass(1_000)
      await crash(scratch)
      assert.ok(await isHeld(), 'when it has crashed')
      await settle(broker, await takeOne(broker), { kind: 'release' })
      assert.ok(await isHeld(), 'when it was released')
    })

    for (const outcome of [
      { kind: 'done' },
      { kind: 'error', error: 'no' },
      { kind: 'cancel', reason: 'no' },
    ] as const) {
      law(`a live key is free when its job ends as ${outcome.kind}`, async ({ broker }) => {
        await send(broker, newJob('first', { key: 'k', keyScope: 'live' }))
        await settle(broker, await takeOne(broker), outcome)
        assert.equal((await commitOne(broker, { send: [newJob('second', { key: 'k' })] })).kind, 'done')
        assert.equal((await commitOne(broker, { send: [newJob('third', { key: 'k' })] })).kind, 'duplicate')
      })
    }

    law('a live key is free when its job is set aside for its crashes', async (scratch) => {
      const { broker } = scratch
      await send(broker, newJob('bomb', { key: 'k' }))
      for (let n = 0; n < 3; n += 1) await crash(scratch)
      assert.equal((await commitOne(broker, { send: [newJob('again', { key: 'k' })] })).kind, 'done')
    })

    law('a kept key is held until its job is dropped from history', async ({ broker }) => {
      const id = await sendOne(broker, newJob('first', { key: 'k', keyScope: 'kept' }))
      await done(broker, await takeOne(broker))
      const again = await commitOne(broker, { send: [newJob('second', { key: 'k' })] })
      assert.deepEqual(again, { kind: 'duplicate', sent: [{ id, isNew: false }] })
      await sweep(broker, { doneMax: 0 })
      const { kind, sent } = await commitOne(broker, { send: [newJob('third', { key: 'k' })] })
      assert.equal(kind, 'done')
      assert.notEqual(at(sent, 0).id, id)
    })

    law('dropping an old job does not free a key that another job holds now', async ({ broker }) => {
      await send(broker, newJob('first', { key: 'k' }))
      await done(broker, await takeOne(broker))
      await send(broker, newJob('second', { key: 'k' }))
      await sweep(broker, { doneMax: 0 })
      assert.equal((await commitOne(broker, { send: [newJob('third', { key: 'k' })] })).kind, 'duplicate')
    })

    law('ids are never used again, whatever was deleted', async ({ broker, reopen }) => {
      const seen = new Set(await send(broker, 'a', 'b', newJob('other', { queue: 'other' })))
      await broker.clean({ queue: 'q' })
      for (const id of await send(broker, 'c', 'd')) seen.add(id)
      for (const job of await take(broker)) await done(broker, job)
      await sweep(broker, { doneMax: 0 })
      const again = await reopen()
      await again.clean({ queue: 'other' })
      for (const id of await send(again, 'e', newJob('f', { queue: 'other' }))) seen.add(id)
      assert.equal(seen.size, 7)
    })
  })
}
