import assert from 'node:assert/strict'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { ArgumentError, defineQueue, exponential, fixed, type Json, linear, openKitchen } from '#hob/index.js'

describe('a definition', () => {
  test('is a value that nobody can change', () => {
    const mail = defineQueue({ name: 'mail', attempts: 3, keep: { doneMs: 1_000 }, backoff: fixed() })
    assert.ok(Object.isFrozen(mail) && Object.isFrozen(mail.keep) && Object.isFrozen(mail.backoff))
  })

  const faults: readonly (readonly [settings: object, says: RegExp])[] = [
    [{ name: '' }, /^queue is "": /],
    [{ name: 'mail', attempts: 0 }, /^attempts is 0: /],
    [{ name: 'mail', timeoutMs: 1.5 }, /^timeoutMs is 1\.5: /],
    [{ name: 'mail', keep: { doneMax: -1 } }, /^doneMax is -1: /],
    [{ name: 'mail', keep: { done: 1 } }, /^keep has no 'done'/],
    [{ name: 'mail', backoff: { kind: 'slow' } }, /^a backoff is one of /],
    [{ name: 'mail', payload: { parse() {} } }, /^the payload of queue 'mail' is no Standard Schema$/],
    [{ name: 'mail', atempts: 3 }, /^a queue has no 'atempts'/],
  ]
  for (const [settings, says] of faults) {
    test(`refuses ${JSON.stringify(settings)}`, () => {
      assert.throws(
        () => defineQueue(settings as { name: string }),
        (error) => error instanceof ArgumentError && says.test(error.message),
      )
    })
  }

  test('gives the sender its input, the handler its output, and without a schema any JSON and unknown', async () => {
    await using kitchen = await openKitchen('memory:')
    const plain = defineQueue({ name: 'plain' })
    const mail = defineQueue({ name: 'mail', payload: z.object({ to: z.string(), day: z.string().transform(Number) }) })
    expectTypeOf(kitchen.queue('x').send).parameter(0).toEqualTypeOf<Json>()
    expectTypeOf(kitchen.queue(plain).send).parameter(0).toEqualTypeOf<Json>()
    expectTypeOf(kitchen.queue(mail).send).parameter(0).toEqualTypeOf<{ to: string; day: string }>()
    const worker = kitchen.work(mail, ({ payload }) =>
      expectTypeOf(payload).toEqualTypeOf<{ to: string; day: number }>(),
    )
    const other = kitchen.work(plain, ({ payload }) => expectTypeOf(payload).toEqualTypeOf<unknown>())
    await Promise.all([worker.stop(), other.stop()])
  })
})

describe('two definitions of one queue', () => {
  test('that say the same are one', async () => {
    await using kitchen = await openKitchen('memory:')
    const payload = z.object({ to: z.string() })
    const define = () =>
      defineQueue({ name: 'mail', payload, attempts: 3, backoff: exponential(), keep: { doneMax: 5 } })
    await kitchen.send(define(), { to: 'ada' })
    await kitchen.send(define(), { to: 'bob' })
    assert.ok(kitchen.queue('mail'))
  })

  test('that disagree are refused at the second use, by the names of what differs', async () => {
    await using kitchen = await openKitchen('memory:')
    await kitchen.send(defineQueue({ name: 'mail', attempts: 3, backoff: fixed() }), 'x')
    for (const [other, says] of [
      [defineQueue({ name: 'mail', attempts: 4, backoff: fixed() }), 'attempts'],
      [defineQueue({ name: 'mail', backoff: linear() }), 'attempts and backoff'],
      [defineQueue({ name: 'mail', attempts: 3, backoff: fixed(), timeoutMs: 5 }), 'timeoutMs'],
      [defineQueue({ name: 'mail', attempts: 3, backoff: () => 5, keep: {} }), 'backoff and keep'],
    ] as const) {
      assert.throws(
        () => kitchen.work(other, () => {}),
        new RegExp(`^ArgumentError: queue 'mail' is defined twice, with another ${says}$`),
      )
    }
    const typed = defineQueue({ name: 'mail', attempts: 3, backoff: fixed(), payload: z.string() })
    assert.throws(() => kitchen.queue(typed), /with another payload$/)
    assert.equal((await kitchen.broker.queues())[0]?.counts.ready, 1)
  })
})
