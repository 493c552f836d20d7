import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { VirtualClock } from '#hob/core/clock.js'
import { ArgumentError, defineQueue, openKitchen } from '#hob/index.js'
import { sharedKitchens } from './kitchens.js'

const HOUR_MS = 3_600_000

describe('sending at a time', () => {
  test('goes by the clock of the store, however wrong that of the sender is', async () => {
    const clock = new VirtualClock(Date.now() - 5 * HOUR_MS)
    const [kitchen] = sharedKitchens(clock)
    const at = new Date(clock.nowMs() + HOUR_MS)
    const { id } = await kitchen.queue('q').send('x', { at })
    const dueMs = (await kitchen.job(id))?.dueMs ?? 0
    assert.ok(Math.abs(dueMs - at.getTime()) < 1_000, `due ${dueMs - at.getTime()} ms too late`)
  })

  test('asks the store for its clock once, not for each job', async () => {
    const [kitchen] = sharedKitchens()
    let asked = 0
    const { describe: real } = kitchen.broker
    kitchen.broker.describe = () => {
      asked++
      return real.call(kitchen.broker)
    }
    for (let n = 0; n < 5; n++) await kitchen.queue('q').send(n, { at: new Date(Date.now() + HOUR_MS) })
    assert.equal(asked, 1)
  })

  test('that is over is now', async () => {
    await using kitchen = await openKitchen('memory:')
    const { id } = await kitchen.queue('q').send('x', { at: new Date(0) })
    assert.equal((await kitchen.job(id))?.state, 'ready')
  })

  test('refuses what is no time, and a second word on the same', async () => {
    await using kitchen = await openKitchen('memory:')
    const at = new Date()
    for (const options of [{ at: new Date('soon') }, { at: 5 as unknown as Date }, { at, delayMs: 5 }]) {
      await assert.rejects(kitchen.queue('q').send('x', options), ArgumentError)
    }
    await assert.rejects(kitchen.queue('q').send('x', { at, expedite: true }), /at cannot go together with expedite/)
    assert.deepEqual(await kitchen.broker.queues(), [])
  })
})

test('an expedited job goes before everything that waits, also before what was expedited earlier', async () => {
  await using kitchen = await openKitchen('memory:')
  const queue = kitchen.queue('q')
  await queue.send('important', { priority: 1_000 })
  await queue.expedite('first')
  await queue.expedite('second')
  const jobs = await kitchen.broker.take({ queue: 'q', node: 'n', countMax: 3, leaseMs: 1_000 })
  assert.deepEqual(
    jobs.map(({ payload }) => payload),
    ['"second"', '"first"', '"important"'],
  )
})

test('the answer says which job holds the key', async () => {
  await using kitchen = await openKitchen('memory:')
  const mail = defineQueue({ name: 'mail' })
  const first = await kitchen.send(mail, 'x', { key: 'ada' })
  const [again] = await kitchen.sendMany(mail, ['y'], { key: 'ada' })
  assert.deepEqual([first.isNew, again?.isNew, again?.id], [true, false, first.id])
})

test('a priority that is no whole number, or out of its bounds, is a clear error', async () => {
  await using kitchen = await openKitchen('memory:')
  for (const priority of [1.5, 1_001, Number.NaN, '5' as unknown as number]) {
    await assert.rejects(
      kitchen.queue('q').send('x', { priority }),
      /priority is .*: it must be a whole number from -1000 to 1000/,
    )
  }
})

describe('many jobs at once', () => {
  test('a key for several payloads is refused: all but the first would be dropped', async () => {
    await using kitchen = await openKitchen('memory:')
    const says = /^a key is of one job, and sendMany was given 2 payloads$/
    await assert.rejects(kitchen.queue('q').sendMany([1, 2], { key: 'k' }), (error) => {
      return error instanceof ArgumentError && says.test(error.message) && /sendAll/.test(String(error.hint))
    })
    assert.deepEqual(await kitchen.broker.queues(), [])
    assert.deepEqual(await kitchen.queue('q').sendMany([], { key: 'k' }), [])
  })

  test('each with its own options: one step, answered in order', async () => {
    await using kitchen = await openKitchen('memory:')
    const mail = defineQueue({ name: 'mail', payload: z.object({ to: z.string() }) })
    const { id } = await kitchen.send(mail, { to: 'ada' }, { key: 'ada' })
    const sent = await kitchen.sendAll(mail, [
      { payload: { to: 'bob' }, key: 'bob', keyScope: 'kept', priority: -3 },
      { payload: { to: 'ada' }, key: 'ada' },
      { payload: { to: 'eve' }, at: new Date(Date.now() + HOUR_MS), attemptsMax: 2 },
      { payload: { to: 'joe' }, expedite: true },
      { payload: { to: 'bob, too' }, key: 'bob' },
    ])
    assert.deepEqual(
      sent.map(({ isNew }) => isNew),
      [true, false, true, true, false],
    )
    assert.deepEqual([sent[1]?.id, sent[4]?.id], [id, sent[0]?.id])
    const jobs = await kitchen.broker.jobs({ queue: 'mail', countMax: 10 })
    const told = jobs.map(({ payload, key, priority, attemptsMax, isExpedited, state }) => {
      return [payload, key, priority, attemptsMax, isExpedited, state]
    })
    assert.deepEqual(told, [
      ['{"to":"ada"}', 'ada', 0, null, false, 'ready'],
      ['{"to":"bob"}', 'bob', -3, null, false, 'ready'],
      ['{"to":"eve"}', null, 0, 2, false, 'scheduled'],
      ['{"to":"joe"}', null, 0, null, true, 'ready'],
    ])
    assert.deepEqual(await kitchen.sendAll(mail, []), [])
  })

  test('all or none, and the error says which', async () => {
    await using kitchen = await openKitchen('memory:')
    const queue = kitchen.queue('q')
    const wrong: readonly (readonly [job: unknown, says: RegExp])[] = [
      [{ payload: 1, priorty: 5 }, /^job 1 of sendAll has no option 'priorty': did you mean priority\?$/],
      [{ payload: 1, transaction: {} }, /^job 1 of sendAll has no option 'transaction': /],
      [{ payload: 1, keyScope: 'kept' }, /^keyScope goes together with key$/],
      [{ payload: 1, at: new Date(), delayMs: 5 }, /^at cannot go together with delayMs$/],
      [{ payload: 1, priority: 1.5 }, /^priority is 1\.5: /],
      [{ payload: 1n }, /^the payload cannot be sent to queue 'q': /],
      [{}, /^the payload cannot be sent to queue 'q': JSON cannot hold undefined$/],
      [null, /^job 1 of sendAll must be an object$/],
      ['x', /^job 1 of sendAll must be an object$/],
    ]
    for (const [job, says] of wrong) {
      await assert.rejects(queue.sendAll([{ payload: 0 }, job as { payload: number }]), (error) => {
        return error instanceof ArgumentError && says.test(error.message)
      })
    }
    const options = { key: 'k' } as object
    await assert.rejects(queue.sendAll([{ payload: 0 }], options), /^ArgumentError: sendAll has no option 'key': /)
    assert.deepEqual(await kitchen.broker.queues(), [])
  })
})
