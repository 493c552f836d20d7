import assert, { AssertionError } from 'node:assert/strict'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { ArgumentError, TimeoutError } from '#hob/core/errors.js'
import { defineQueue, fixed, retry } from '#hob/index.js'
import { expectNotSent, expectSent, openTestKitchen } from '#hob/testing.js'
import { until } from '../support/until.js'

const mail = defineQueue({ name: 'mail', payload: z.object({ to: z.email(), tags: z.array(z.string()).default([]) }) })
const log = defineQueue({ name: 'log' })

describe('a kitchen for tests', () => {
  test('drain does all that is ready, and what that sends', async () => {
    await using kitchen = openTestKitchen()
    const seen: string[] = []
    await using _mail = kitchen.work(mail, async ({ payload }) => {
      seen.push(payload.to)
      if (seen.length < 3) await kitchen.send(mail, { to: `${seen.length}@example.org` })
    })
    await kitchen.send(mail, { to: '0@example.org' })
    await kitchen.drain()
    assert.deepEqual(seen, ['0@example.org', '1@example.org', '2@example.org'])
  })

  test('a moment to send at is on its clock, also after that was moved on', async () => {
    await using kitchen = openTestKitchen()
    const inAnHour = () => ({ at: new Date(kitchen.clock.nowMs() + 3_600_000) })
    await kitchen.queue('q').send('early', inAnHour())
    kitchen.pass(86_400_000)
    const late = inAnHour()
    const { id } = await kitchen.queue('q').send('late', late)
    assert.equal((await kitchen.job(id))?.dueMs, late.at.getTime())
  })

  test('drain leaves what is due later, unless told, and then moves the clock', async () => {
    await using kitchen = openTestKitchen()
    const startMs = kitchen.clock.nowMs()
    const seen: number[] = []
    await using _worker = kitchen.queue('q').work(
      ({ attempt }) => {
        seen.push(attempt)
        return attempt < 3 ? retry() : undefined
      },
      { backoff: fixed({ firstMs: 60_000, jitter: 0 }) },
    )
    await kitchen.queue('q').send(1, { delayMs: 1_000 })
    await kitchen.drain()
    assert.deepEqual(seen, [])
    kitchen.pass(1_000)
    await kitchen.drain()
    assert.deepEqual(seen, [1])
    await kitchen.drain({ isWithScheduled: true })
    assert.deepEqual(seen, [1, 2, 3])
    assert.ok(kitchen.clock.nowMs() >= startMs + 121_000)
  })

  test('drain leaves what nobody works, and says what does not end', async () => {
    await using kitchen = openTestKitchen()
    await kitchen.send(log, 'nobody works this')
    await kitchen.drain()
    const worker = kitchen.work(mail, () => new Promise(() => {}))
    await kitchen.send(mail, { to: 'ada@example.org' })
    await assert.rejects(
      kitchen.drain({ timeoutMs: 50 }),
      (error) => error instanceof TimeoutError && error.message.includes('1 of mail'),
    )
    await worker.stop({ deadlineMs: 0 })
  })

  test('a handler that feeds its own queue keeps neither timers nor the end of drain waiting', async () => {
    await using kitchen = openTestKitchen()
    const queue = kitchen.queue('q')
    const worker = queue.work(async () => void (await queue.send('next')))
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await queue.send('first')
    await assert.rejects(
      kitchen.drain({ timeoutMs: 50 }),
      (error) => error instanceof TimeoutError && / of q$/.test(error.message),
    )
    clearInterval(timer)
    assert.ok(ticks > 5, `the timer ran ${ticks} times`)
    await worker.stop({ deadlineMs: 0 })
  })

  test('a long queue of jobs that take no time keeps no timers waiting', async () => {
    await using kitchen = openTestKitchen()
    const queue = kitchen.queue('q')
    await queue.sendMany(Array.from({ length: 10_000 }, (_, at) => at))
    let done = 0
    await using _worker = queue.work(() => void done++)
    await new Promise((resolve) => setTimeout(resolve, 0))
    await new Promise((resolve) => setTimeout(resolve, 0))
    assert.ok(done < 10_000, `all ${done} were done before a timer ran`)
    await kitchen.drain()
    assert.equal(done, 10_000)
  })

  test('a handler that hangs keeps neither the end of its worker nor that of the kitchen waiting', async () => {
    const startedMs = performance.now()
    const hang = () => new Promise<void>(() => {})
    {
      await using kitchen = openTestKitchen()
      await using _mine = kitchen.work(mail, hang)
      kitchen.queue('log').workBatches(hang)
      await kitchen.send(mail, { to: 'ada@example.org' })
      await kitchen.send(log, 'x')
      await assert.rejects(kitchen.drain({ timeoutMs: 50 }), TimeoutError)
    }
    assert.ok(performance.now() - startedMs < 4_000)
  })

  test('a handler that takes a moment ends before its worker does', async () => {
    let hasEnded = false
    {
      await using kitchen = openTestKitchen()
      let isBegun = false
      kitchen.work(log, async () => {
        isBegun = true
        await new Promise((resolve) => setTimeout(resolve, 100))
        hasEnded = true
      })
      await kitchen.send(log, 'x')
      await until('it runs', () => isBegun)
    }
    assert.ok(hasEnded)
  })

  for (const turns of [0, 1, 2, 3, 4, 5, 10]) {
    test(`a schedule ticks as time passes, ${turns} turns of the event loop after its worker started`, async () => {
      await using kitchen = openTestKitchen()
      await kitchen.schedules.put({ name: 'daily', queue: 'log', cron: '0 9 * * *', payload: 'nine' })
      await using _worker = kitchen.work(log, () => {})
      for (let turned = 0; turned < turns; turned++) await new Promise((resolve) => setImmediate(resolve))
      for (let days = 1; days <= 4; days++) {
        kitchen.pass(86_400_000)
        await kitchen.drain()
        assert.equal(kitchen.sentTo(log).length, days)
        await kitchen.drain()
        assert.equal(kitchen.sentTo(log).length, days)
      }
      kitchen.pass(3_600_000)
      await kitchen.drain()
      assert.equal(kitchen.sentTo(log).length, 4)
    })
  }

  test('a schedule ticks however far the clock goes at once', async () => {
    await using kitchen = openTestKitchen()
    await kitchen.schedules.put({ name: 'often', queue: 'log', everyMs: 1_000, payload: 1 })
    await using _worker = kitchen.work(log, () => {})
    await kitchen.drain()
    const spans = [1_000, 5_000, 7_000, 12_000, 15_000, 16_000, 20_000, 21_000, 60_000, 61_000, 1_000, 600_000]
    for (const [at, ms] of spans.entries()) {
      kitchen.pass(ms)
      await kitchen.drain()
      assert.equal(kitchen.sentTo(log).length, at + 1, `after ${ms} ms`)
    }
  })

  test('a schedule ticks also when the clock goes on while its scheduler is at work', async () => {
    await using kitchen = openTestKitchen()
    await kitchen.schedules.put({ name: 'daily', queue: 'log', cron: '0 9 * * *' })
    await using _worker = kitchen.work(log, () => {})
    await new Promise((resolve) => setTimeout(resolve, 20))
    kitchen.pass(5_000)
    kitchen.pass(86_400_000)
    await kitchen.drain()
    assert.equal(kitchen.sentTo(log).length, 1)
  })

  test('ticks that nobody was there for go by what their schedule says', async () => {
    await using kitchen = openTestKitchen()
    const hourly = { queue: 'log', everyMs: 3_600_000, payload: 1 }
    await kitchen.schedules.put({ ...hourly, name: 'once' })
    await kitchen.schedules.put({ ...hourly, name: 'all', payload: 2, missed: 'all' })
    await kitchen.schedules.put({ ...hourly, name: 'paused', payload: 3, isPaused: true })
    await using _worker = kitchen.work(log, () => {})
    kitchen.pass(86_400_000)
    await kitchen.drain()
    const counts = [1, 2, 3].map((each) => kitchen.sentTo(log).filter(({ payload }) => payload === each).length)
    assert.deepEqual(counts, [1, 24, 0])
  })

  test('time passes forward only, and within bounds', async () => {
    await using kitchen = openTestKitchen()
    for (const ms of [Number.NaN, -5, 1e15]) assert.throws(() => kitchen.pass(ms), ArgumentError)
  })

  test('expectNotSent does not pass for a mistyped name', async () => {
    await using kitchen = openTestKitchen()
    await using _worker = kitchen.work(mail, () => {})
    assert.throws(
      () => expectNotSent(kitchen, 'mial'),
      (error) => error instanceof AssertionError && /no queue 'mial'; did you mean 'mail'\?/.test(error.message),
    )
    expectNotSent(kitchen, 'mail')
    expectNotSent(kitchen, 'another')
  })

  test('expectSent finds a job by a part of its payload or a function, also when it is done', async () => {
    await using kitchen = openTestKitchen()
    await using _worker = kitchen.work(mail, () => {})
    const { id } = await kitchen.send(mail, { to: 'ada@example.org', tags: ['vip'] }, { priority: 3, key: 'k' })
    await kitchen.send(mail, { to: 'held@example.org' }, { key: 'k' })
    await kitchen.drain()
    assert.equal(expectSent(kitchen, mail, { to: 'ada@example.org' }).id, id)
    assert.equal(expectSent(kitchen, mail, ({ tags }) => tags?.includes('vip') ?? false).priority, 3)
    assert.equal(expectSent(kitchen, 'mail').id, id)
    expectNotSent(kitchen, mail, { to: 'held@example.org' })
    expectNotSent(kitchen, 'log')
    assert.equal(kitchen.sentTo(mail).length, 1)
  })

  test('expectSent says what was sent instead', async () => {
    await using kitchen = openTestKitchen()
    assert.throws(() => expectSent(kitchen, mail), /no job was sent to mail; none was$/)
    await kitchen.send(mail, { to: 'ada@example.org' })
    assert.throws(
      () => expectSent(kitchen, mail, { to: 'bob@example.org' }),
      (error) =>
        error instanceof AssertionError &&
        /^no job was sent to mail with \{ to: 'bob@example.org' \}; sent were \{ to: 'ada@example.org' \}$/.test(
          error.message,
        ),
    )
    assert.throws(
      () => expectNotSent(kitchen, mail, ({ to }) => to.startsWith('ada')),
      /a job was sent to mail that fits/,
    )
  })
})
