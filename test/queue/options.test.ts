import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import {
  ArgumentError,
  defineBatchWorker,
  defineQueue,
  defineWorker,
  type HandOptions,
  type Json,
  openKitchen,
  type SendOptions,
} from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'

const QUEUE = defineQueue({ name: 'q' })

const isArgumentError = (says: RegExp) => (error: unknown) => error instanceof ArgumentError && says.test(error.message)

/** What a program without types may give to a call, and what it then hears. */
const SENDING: readonly (readonly [options: unknown, says: RegExp])[] = [
  [{ delay: 1_000 }, /^\w+ has no option 'delay': did you mean delayMs\?$/],
  [{ priorty: 5 }, /^\w+ has no option 'priorty': did you mean priority\?$/],
  [{ zzzzzzzz: 5 }, /^\w+ has no option 'zzzzzzzz': it has priority, /],
  [5, /^the options of \w+ must be an object$/],
  [null, /^the options of \w+ must be an object$/],
  [[], /^the options of \w+ must be an object$/],
  [{ keyScope: 'kept' }, /^keyScope goes together with key$/],
  [{ priority: '5' }, /^priority is "5": /],
  [{ attemptsMax: 0 }, /^attemptsMax is 0: /],
]

describe('an option of sending that there is not, or of another type, is a clear error, and nothing is sent', () => {
  const calls: Readonly<Record<string, (kitchen: Kitchen, options: SendOptions) => Promise<unknown>>> = {
    send: (kitchen, options) => kitchen.send(QUEUE, 1, options),
    sendMany: (kitchen, options) => kitchen.sendMany(QUEUE, [1], options),
    expedite: (kitchen, options) => kitchen.queue(QUEUE).expedite(1, options),
    'marble.send': (kitchen, options) => kitchen.marble().send('q', 1, options as HandOptions),
    'marble.expedite': (kitchen, options) => kitchen.marble().expedite('q', 1, options as HandOptions),
    'marble.elevate': (kitchen, options) => kitchen.marble().elevate('q', 1, options as HandOptions),
  }
  for (const [name, call] of Object.entries(calls)) {
    test(name, async () => {
      await using kitchen = await openKitchen('memory:')
      for (const [options, says] of SENDING) {
        // What is never late is not delayed: only the near word differs.
        const heard = /expedite|elevate/.test(name) && /delayMs/.test(says.source) ? / has no option 'delay': / : says
        await assert.rejects(call(kitchen, options as SendOptions), isArgumentError(heard))
      }
      assert.deepEqual(await kitchen.broker.queues(), [])
    })
  }

  test('expedite and onFinish are true or false', async () => {
    await using kitchen = await openKitchen('memory:')
    const [expedite, onFinish] = [
      { expedite: 'yes' } as unknown as SendOptions,
      { onFinish: 1 } as unknown as HandOptions,
    ]
    await assert.rejects(
      kitchen.send(QUEUE, 1, expedite),
      isArgumentError(/^expedite is "yes": it must be true or false$/),
    )
    await assert.rejects(kitchen.marble().send('q', 1, onFinish), isArgumentError(/^onFinish is 1: /))
    assert.deepEqual(await kitchen.broker.queues(), [])
  })

  test('a transaction that is none does not send without it', async () => {
    await using kitchen = await openKitchen('memory:')
    await assert.rejects(kitchen.send(QUEUE, 1, { transaction: null } as unknown as SendOptions), ArgumentError)
    assert.deepEqual(await kitchen.broker.queues(), [])
  })

  test('an option that is undefined is none', async () => {
    await using kitchen = await openKitchen('memory:')
    await kitchen.send(QUEUE, 1, { priority: undefined, keyScope: undefined, at: undefined } as unknown as SendOptions)
  })
})

describe('an option of working that there is not, or of another type, is a clear error at once', () => {
  const faults: readonly (readonly [options: unknown, says: RegExp])[] = [
    [{ concurency: 5 }, /^\w+ has no option 'concurency': did you mean concurrency\?$/],
    [5, /^the options of \w+ must be an object$/],
    [{ keep: 5 }, /^keep must be an object$/],
    [{ onFault: 5 }, /^onFault is 5: it must be a function$/],
    [{ onEnd: 'x' }, /^onEnd is "x": it must be a function$/],
    [{ backoff: 5 }, /^a backoff is one of /],
    [{ backoff: null }, /^a backoff is one of /],
    [{ name: '' }, /^name is "": /],
    [{ name: 5 }, /^name is 5: /],
    [{ concurrency: '5' }, /^concurrency is "5": /],
    [{ timeoutMs: null }, /^timeoutMs is null: /],
  ]
  test('work and workBatches', async () => {
    await using kitchen = await openKitchen('memory:')
    for (const [options, says] of faults) {
      assert.throws(() => kitchen.work(QUEUE, () => {}, options as object), isArgumentError(says))
      assert.throws(() => kitchen.workBatches(QUEUE, () => {}, options as object), isArgumentError(says))
    }
    assert.throws(
      () => kitchen.work(QUEUE, () => {}, { batchMax: 5 } as object),
      isArgumentError(/^work has no option/),
    )
  })

  test('a marble', async () => {
    await using kitchen = await openKitchen('memory:')
    const wrong: readonly (readonly [options: unknown, says: RegExp])[] = [
      [{ leasMs: 5_000 }, /^a marble has no option 'leasMs': did you mean leaseMs\?$/],
      [5, /^the options of a marble must be an object$/],
      [{ onFault: 5 }, /^onFault is 5: it must be a function$/],
      [{ name: '' }, /^name is "": /],
    ]
    for (const [options, says] of wrong) assert.throws(() => kitchen.marble(options as object), isArgumentError(says))
    await using marble = kitchen.marble()
    const wait = (options: unknown) => marble.wait('q', options as object)
    await assert.rejects(
      wait({ timeout: 5 }),
      isArgumentError(/^wait has no option 'timeout': did you mean timeoutMs\?$/),
    )
    await assert.rejects(wait({ timeoutMs: '5' }), isArgumentError(/^timeoutMs is 5: /))
    await assert.rejects(wait({ signal: 5 }), isArgumentError(/^signal must be an AbortSignal$/))
  })
})

describe('a handler that is none is a clear error at once, and costs no job an attempt', () => {
  for (const [name, handler] of [
    ['missing', undefined],
    ['in the place of the options', { concurrency: 2 }],
  ] as const) {
    test(name, async () => {
      await using kitchen = await openKitchen('memory:')
      const { id } = await kitchen.send(QUEUE, 1)
      const [none, options] = [handler as unknown as () => void, (() => {}) as object]
      assert.throws(
        () => kitchen.work(QUEUE, none, options),
        isArgumentError(/^the handler of work is \w+: it must be a/),
      )
      assert.throws(() => kitchen.workBatches(QUEUE, none), isArgumentError(/^the handler of workBatches is /))
      assert.throws(() => defineWorker(QUEUE, none), isArgumentError(/^the handler of a worker is /))
      assert.throws(() => defineBatchWorker(QUEUE, none), isArgumentError(/^the handler of a worker is /))
      assert.equal((await kitchen.job(id))?.attempts, 0)
    })
  }

  test('options of a worker that are none', () => {
    assert.throws(() => defineWorker(QUEUE, () => {}, null as unknown as object), isArgumentError(/must be an object$/))
  })
})

test('what a marble cannot send or keep is an error that names the queue and the place', async () => {
  await using kitchen = await openKitchen('memory:')
  await kitchen.send(QUEUE, 1)
  await using marble = kitchen.marble()
  await marble.wait('q')
  const big = { list: [10n] } as unknown as Json
  const says = /^the payload cannot be sent to queue 'up': list\.0: JSON cannot hold a bigint$/
  await assert.rejects(marble.send('up', big), isArgumentError(says))
  await assert.rejects(marble.expedite('up', big), isArgumentError(says))
  await assert.rejects(marble.elevate('up', big), isArgumentError(says))
  await assert.rejects(
    marble.finish(big),
    isArgumentError(/^the result cannot be kept: list\.0: JSON cannot hold a bigint$/),
  )
  await marble.finish(null)
})
