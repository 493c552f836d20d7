import assert, { AssertionError } from 'node:assert/strict'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { TimeoutError } from '#hob/core/errors.js'
import { defineQueue, fixed, retry } from '#hob/index.js'
import { expectNotSent, expectSent, openTestKitchen } from '#hob/testing.js'

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
