import assert from 'node:assert/strict'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { ArgumentError, defineQueue, type Json, openKitchen, type StandardSchema } from '#hob/index.js'
import { ended } from './kitchens.js'

/** One shape, written for each library. */
const SCHEMAS: Readonly<Record<string, StandardSchema<{ to: string; count: number }>>> = {
  zod: z.object({ to: z.string(), count: z.number() }),
  valibot: v.object({ to: v.string(), count: v.number() }),
  arktype: type({ to: 'string', count: 'number' }),
  'zod, asynchronous': z.object({ to: z.string().refine(async () => true), count: z.number() }),
  'valibot, asynchronous': v.objectAsync({
    to: v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    ),
    count: v.number(),
  }),
}

const isArgumentError = (says: RegExp) => (error: unknown) => error instanceof ArgumentError && says.test(error.message)

describe('a payload with a schema', () => {
  for (const [library, payload] of Object.entries(SCHEMAS)) {
    test(`of ${library} is checked when it is sent; nothing of a call that does not fit is sent`, async () => {
      await using kitchen = await openKitchen('memory:')
      const mail = defineQueue({ name: 'mail', payload })
      const wrong = { to: 'ada', count: 'many' } as unknown as { to: string; count: number }
      await assert.rejects(
        kitchen.send(mail, wrong),
        isArgumentError(/^the payload does not fit queue 'mail': count: .+/),
      )
      await assert.rejects(kitchen.sendMany(mail, [{ to: 'ada', count: 1 }, wrong]), ArgumentError)
      assert.deepEqual(await kitchen.broker.queues(), [])
      await kitchen.send(mail, { to: 'ada', count: 1 })
    })

    test(`of ${library} is checked when it is taken; one that fits no longer is in error at once, and kept`, async () => {
      await using kitchen = await openKitchen('memory:')
      await kitchen.queue('mail').sendMany([{ to: 'ada', count: 1 }, { to: 7, count: 1 }, 'x', { to: 'bob', count: 2 }])
      const seen: unknown[] = []
      await using _ = kitchen.work(defineQueue({ name: 'mail', payload }), ({ payload }) => void seen.push(payload))
      const [first, second, third, fourth] = await ended(kitchen, 'mail')
      assert.deepEqual(
        [first, fourth],
        [
          ['done', null],
          ['done', null],
        ],
      )
      assert.match(String(second), /^error,the payload does not fit: to: .+/)
      assert.match(String(third), /^error,the payload does not fit: .+/)
      assert.deepEqual(seen, [
        { to: 'ada', count: 1 },
        { to: 'bob', count: 2 },
      ])
      const [job] = await kitchen.broker.jobs({ queue: 'mail', states: ['error'], countMax: 1 })
      assert.deepEqual([job?.failures, job?.payload], [1, '{"to":7,"count":1}'])
      await kitchen.broker.change([String(job?.id)], { kind: 'retry' })
    })
  }

  test('is stored as it was sent, and given to the handler as the schema makes it', async () => {
    await using kitchen = await openKitchen('memory:')
    const seen: unknown[] = []
    const payload = z.object({ at: z.string().transform((text) => new Date(text)), lang: z.string().default('en') })
    const meetings = defineQueue({ name: 'meetings', payload })
    await kitchen.send(meetings, { at: '2026-01-02' })
    await using _ = kitchen.work(meetings, ({ payload }) => void seen.push(payload.at.getUTCFullYear(), payload.lang))
    await ended(kitchen, 'meetings')
    assert.deepEqual(seen, [2026, 'en'])
    const [job] = await kitchen.broker.jobs({ queue: 'meetings', countMax: 1 })
    assert.equal(job?.payload, '{"at":"2026-01-02"}')
  })

  test('is checked as a worker will read it: a Date is a text by then', async () => {
    await using kitchen = await openKitchen('memory:')
    const meetings = defineQueue({ name: 'meetings', payload: z.object({ at: z.date() }) })
    await assert.rejects(
      kitchen.send(meetings, { at: new Date() }),
      isArgumentError(/^the payload does not fit queue 'meetings': at: /),
    )
  })

  test('tells three issues, each on one line, and how many more there are', async () => {
    await using kitchen = await openKitchen('memory:')
    const payload = z.object({ a: z.string('not\n  a\ntext'), b: z.array(z.int()), c: z.int(), d: z.int(), e: z.int() })
    const wrong = { b: [1, 2.5] } as unknown as z.input<typeof payload>
    await assert.rejects(
      kitchen.send(defineQueue({ name: 'q', payload }), wrong),
      isArgumentError(/^the payload does not fit queue 'q': a: not a text; b\.1: [^;\n]+; c: [^;\n]+; and 2 more$/),
    )
  })

  test('is no verdict when the schema itself throws: the attempt has failed, and the next may go well', async () => {
    await using kitchen = await openKitchen('memory:')
    let calls = 0
    const flaky: StandardSchema<string> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => {
          if (calls++ === 0) throw new Error('the directory is away')
          return { value: String(value) }
        },
      },
    }
    await kitchen.queue('q').send('x')
    await using _ = kitchen.work(defineQueue({ name: 'q', payload: flaky }), () => {}, { backoff: () => 0 })
    assert.deepEqual(await ended(kitchen, 'q'), [['done', null]])
    assert.equal(calls, 2)
  })
})

describe('a payload that cannot be sent', () => {
  const circle: Record<string, unknown> = { name: 'a' }
  circle.self = { list: [1, circle] }
  let nested: unknown[] = []
  for (let depth = 0; depth < 100_000; depth++) nested = [nested]
  const deep = { deep: nested }
  const throwing = {
    toJSON() {
      throw new Error('not today')
    },
  }
  const faults: readonly (readonly [name: string, payload: unknown, says: RegExp])[] = [
    ['undefined', undefined, /: JSON cannot hold undefined$/],
    ['a function', () => 1, /: JSON cannot hold a function$/],
    ['a symbol', Symbol('x'), /: JSON cannot hold a symbol$/],
    ['a BigInt', 1n, /: JSON cannot hold a bigint$/],
    ['a BigInt within', { a: [{ b: 2n }] }, /: a\.0\.b: JSON cannot hold a bigint$/],
    ['what is nested too deep', deep, /: Maximum call stack size exceeded$/],
    ['a circle', circle, /: self\.list\.1: JSON cannot hold a circle$/],
    ['a toJSON that throws', throwing, /: not today$/],
    ['more than 4 MiB', 'x'.repeat(4 * 1024 * 1024), /: it has 4,194,306 bytes, and may have 4,194,304$/],
  ]
  for (const [name, payload, says] of faults) {
    test(`${name} is a clear error, and nothing is sent`, async () => {
      await using kitchen = await openKitchen('memory:')
      const sending = kitchen.queue('mail').sendMany(['fine', payload as Json])
      await assert.rejects(sending, (error) => {
        return (
          error instanceof ArgumentError &&
          error.message.startsWith("the payload cannot be sent to queue 'mail': ") &&
          says.test(error.message)
        )
      })
      assert.deepEqual(await kitchen.broker.queues(), [])
    })
  }

  test('what is shared, and goes round in no circle, can be sent', async () => {
    await using kitchen = await openKitchen('memory:')
    const shared = { a: 1 }
    await kitchen.queue('q').send({ first: shared, second: [shared, shared] })
  })

  test('members that are undefined or functions are left out, and NaN is null', async () => {
    await using kitchen = await openKitchen('memory:')
    await kitchen.queue('q').send({ a: undefined, b: () => 1, c: Number.NaN, d: [undefined] } as unknown as Json)
    const [job] = await kitchen.broker.jobs({ countMax: 1 })
    assert.equal(job?.payload, '{"c":null,"d":[null]}')
  })
})

describe('a payload with a __proto__ member', () => {
  const text = '{"__proto__":{"isAdmin":true},"list":[{"__proto__":{"isAdmin":true}}],"to":"ada"}'
  const definitions = [
    defineQueue({ name: 'q' }),
    defineQueue({ name: 'q', payload: z.looseObject({ to: z.string() }) }),
    defineQueue({ name: 'q', payload: z.record(z.string(), z.unknown()) }),
    defineQueue({ name: 'q', payload: v.looseObject({ to: v.string() }) }),
    defineQueue({ name: 'q', payload: v.record(v.string(), v.unknown()) }),
    defineQueue({ name: 'q', payload: type({ to: 'string' }) }),
  ]
  for (const [at, definition] of definitions.entries()) {
    test(`never gets a prototype, whoever checks it (${at})`, async () => {
      await using kitchen = await openKitchen('memory:')
      await kitchen.queue('q').send(JSON.parse(text))
      let seen: Record<string, unknown> = {}
      await using _ = kitchen.queue(definition as ReturnType<typeof defineQueue>).work(({ payload }) => {
        seen = payload as Record<string, unknown>
      })
      assert.deepEqual(await ended(kitchen, 'q'), [['done', null]])
      assert.equal(seen.to, 'ada')
      assert.equal(seen.isAdmin, undefined)
      const inner = (seen.list as Record<string, unknown>[] | undefined)?.[0]
      assert.equal(inner?.isAdmin, undefined)
      assert.equal(({} as Record<string, unknown>).isAdmin, undefined)
    })
  }
})
