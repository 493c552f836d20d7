import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
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
