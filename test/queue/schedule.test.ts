import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { ArgumentError } from '#hob/core/errors.js'
import { openKitchen } from '#hob/index.js'
import type { ScheduleOptions } from '#hob/queue/schedule.js'
import { ScheduleKitchen, START_MS } from './schedule-kitchen.js'

describe('a schedule that makes no sense is refused, and nothing is kept', () => {
  const good: ScheduleOptions = { name: 'a', everyMs: 1_000, queue: 'q' }
  const { everyMs: _, ...timeless } = good
  const circle: unknown[] = []
  circle.push(circle)

  const cases: readonly (readonly [what: string, options: unknown, message: RegExp, hint?: RegExp])[] = [
    ['no name', { ...good, name: '' }, /^'' cannot be the name of a schedule$/, /letters and digits/],
    ['a name with odd characters', { ...good, name: 'a\nb' }, /cannot be the name/],
    ['a name that ends in a dash', { ...good, name: 'a-' }, /cannot be the name/],
    ['a name that is too long', { ...good, name: 'a'.repeat(201) }, /cannot be the name/],
    ['no time', timeless, /needs either cron or everyMs, and this has none/],
    ['two times', { ...good, cron: '* * * * *' }, /this has both/],
    ['a setting that there is not', { ...good, overlapp: 'skip' }, /no setting 'overlapp'/, /^Did you mean overlap\?$/],
    ['an interval that is too short', { ...good, everyMs: 99 }, /^everyMs is 99: .* from 100 /],
    ['an interval with a fraction', { ...good, everyMs: 100.5 }, /^everyMs is 100\.5/],
    ['an interval with a zone', { ...good, zone: 'UTC' }, /no zone/],
    ['no queue', { name: 'a', everyMs: 1_000 }, /needs a queue/],
    ['a queue without a name', { ...good, queue: '' }, /^queue is ""/],
    ['a payload that JSON cannot hold', { ...good, payload: 1n }, /^JSON cannot hold the payload/],
    ['a payload that goes round in a circle', { ...good, payload: circle }, /^JSON cannot hold the payload/],
    ['a payload that is a function', { ...good, payload: () => 1 }, /payload of type function/],
    ['a payload over the cap', { ...good, payload: 'x'.repeat(4 * 1024 * 1024) }, /at most [\d,]+ bytes/],
    ['a time where there is no room for it', { ...good, timeMember: 'at' }, /only an object has room/],
    ['a priority that is no integer', { ...good, priority: 1.5 }, /^priority is 1\.5/],
    ['no attempts', { ...good, attemptsMax: 0 }, /^attemptsMax is 0/],
    ['another word', { ...good, missed: 'most' }, /^missed is 'most': it must be one of skip, once, all$/],
    ['another word', { ...good, overlap: 'no' }, /^overlap is 'no': it must be one of allow, skip, queue$/],
    ['a line that never comes', { ...timeless, cron: '0 0 30 2 *' }, /^cron line '0 0 30 2 \*' never comes$/],
    ['a field that is wrong', { ...timeless, cron: '0 0 30 13 *' }, /its month cannot be '13'/],
    [
      'a zone that there is not',
      { ...timeless, cron: '@daily', zone: 'Europe/Berln' },
      /no time zone/,
      /Europe\/Berlin/,
    ],
  ]
  for (const [at, [what, options, message, hint]] of cases.entries()) {
    test(`${at + 1}: ${what}`, async () => {
      const kitchen = new ScheduleKitchen()
      await assert.rejects(kitchen.schedules.put(options as ScheduleOptions), (error) => {
        assert.ok(error instanceof ArgumentError, String(error))
        assert.match(error.message, message)
        if (hint) assert.match(error.hint ?? '', hint)
        return true
      })
      assert.deepEqual(await kitchen.broker.records('', { countMax: 10 }), [])
    })
  }
})

test('a schedule is kept with all that it has, and what was left open', async () => {
  const kitchen = new ScheduleKitchen()
  await kitchen.schedules.put({ name: 'b', cron: '@daily', queue: { name: 'mail' } })
  await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q', payload: [1], missed: 'all', overlap: 'queue' })
  const counts = { lastMs: null, waitingCount: 0, sentCount: 0, missedCount: 0, overlappedCount: 0 }
  const open = { timeMember: null, priority: 0, attemptsMax: null, isPaused: false, ...counts }
  const a = { name: 'a', cron: null, zone: null, everyMs: 1_000, fromMs: START_MS, queue: 'q', payload: [1] }
  const b = { name: 'b', cron: '@daily', zone: 'UTC', everyMs: null, fromMs: null, queue: 'mail', payload: null }
  assert.deepEqual(await kitchen.schedules.list(), [
    { ...a, missed: 'all', overlap: 'queue', ...open, nextMs: START_MS + 1_000 },
    { ...b, missed: 'once', overlap: 'allow', ...open, nextMs: Date.parse('2023-11-15T00:00Z') },
  ])
  assert.equal(await kitchen.schedules.get('c'), undefined)
  assert.equal(await kitchen.schedules.remove('c'), false)
  await assert.rejects(kitchen.schedules.runNow('c'), /there is no schedule 'c'/)
})

test('two that put one schedule at the same time: one is kept whole', async () => {
  const kitchen = new ScheduleKitchen()
  const puts = ['q', 'r', 's'].map((queue) =>
    kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue, payload: queue }),
  )
  assert.deepEqual((await Promise.all(puts)).map(({ isNew }) => isNew).sort(), [false, false, true])
  const view = await kitchen.schedules.get('a')
  assert.equal(view?.payload, view?.queue)
})

test('an opened kitchen has schedules', async () => {
  await using kitchen = await openKitchen('memory:')
  await kitchen.schedules.put({ name: 'a', everyMs: 60_000, queue: 'q' })
  const { isNew } = await kitchen.schedules.runNow('a')
  assert.equal(isNew, true)
  assert.equal((await kitchen.broker.queues())[0]?.counts.ready, 1)
})
