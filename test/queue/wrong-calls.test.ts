import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { defineQueue, defineWorker, HobError, openKitchen, openMarble } from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'

/** A library's call as a program without types may make it. */
type Loose = (...args: readonly unknown[]) => unknown

const QUEUE = defineQueue({ name: 'q' })

/** What such programs do, and what the error says. */
const CALLS: readonly (readonly [name: string, call: (kitchen: Kitchen) => unknown, says: RegExp])[] = [
  ['openKitchen()', () => (openKitchen as Loose)(), /^the URL of a kitchen must be a text$/],
  [
    'openKitchen(url, null)',
    () => (openKitchen as Loose)('memory:', null),
    /^the options of openKitchen must be an object$/,
  ],
  ['openKitchen(url, { creat })', () => (openKitchen as Loose)('memory:', { creat: 1 }), /did you mean create\?$/],
  ['openMarble()', () => (openMarble as Loose)(), /^the URL of a kitchen must be a text$/],
  [
    'openMarble(url, null)',
    () => (openMarble as Loose)('memory:', null),
    /^the options of a marble must be an object$/,
  ],
  ['defineQueue()', () => (defineQueue as Loose)(), /^the settings of a queue must be an object$/],
  ['defineQueue(null)', () => (defineQueue as Loose)(null), /^the settings of a queue must be an object$/],
  [
    'defineWorker()',
    () => (defineWorker as Loose)(undefined, () => {}),
    /^a queue is a name, or what defineQueue made$/,
  ],
  [
    'kitchen.queue()',
    (kitchen) => (kitchen.queue as Loose).call(kitchen),
    /^a queue is a name, or what defineQueue made$/,
  ],
  [
    'kitchen.queue({})',
    (kitchen) => kitchen.queue({} as typeof QUEUE),
    /^a queue is a name, or what defineQueue made$/,
  ],
  ['kitchen.send(undefined)', (kitchen) => (kitchen.send as Loose).call(kitchen), /^a queue is a name, or /],
  ['send(1, null)', (kitchen) => kitchen.send(QUEUE, 1, null as unknown as object), /^the options of send must be an /],
  [
    "sendMany('abc')",
    (kitchen) => kitchen.sendMany(QUEUE, 'abc' as unknown as string[]),
    /^the payloads of sendMany must /,
  ],
  [
    'sendAll(null)',
    (kitchen) => kitchen.sendAll(QUEUE, null as unknown as []),
    /^the jobs of sendAll must be an array$/,
  ],
  ['result(5)', (kitchen) => kitchen.result(5 as unknown as string), /^id is 5: /],
  [
    'result(id, null)',
    (kitchen) => kitchen.result('1', null as unknown as object),
    /^the options of result must be an /,
  ],
  ['cancel()', (kitchen) => (kitchen.cancel as Loose).call(kitchen), /^id is undefined: /],
  ['retry()', (kitchen) => (kitchen.retry as Loose).call(kitchen), /^id is undefined: /],
  ['drop()', (kitchen) => (kitchen.drop as Loose).call(kitchen), /^id is undefined: /],
  [
    'jobs({ state })',
    (kitchen) =>
      kitchen
        .queue('q')
        .jobs({ state: 1 } as object)
        .next(),
    /did you mean states\?$/,
  ],
  [
    "jobs({ states: ['dead'] })",
    (kitchen) =>
      kitchen
        .queue('q')
        .jobs({ states: ['dead' as 'error'] })
        .next(),
    /^states is "dead": /,
  ],
  ['job()', (kitchen) => (kitchen.job as Loose).call(kitchen), /^id is undefined: /],
  [
    'changePolicy(null)',
    (kitchen) => kitchen.queue('q').changePolicy(null as unknown as object),
    /^a change of a policy /,
  ],
  [
    'schedules.put()',
    (kitchen) => (kitchen.schedules.put as Loose).call(kitchen.schedules),
    /^the settings of a schedule /,
  ],
  ['marble.report({})', (kitchen) => kitchen.marble().report({} as unknown as string), /^message is object: /],
  ['marble.wait()', (kitchen) => (kitchen.marble().wait as Loose).call(kitchen.marble()), /^the queues to wait for /],
]

describe('every error of a call that makes no sense is of Hob', () => {
  for (const [name, call, says] of CALLS) {
    test(name, async () => {
      await using kitchen = await openKitchen('memory:')
      // What throws at once and what rejects are one here.
      const error = await Promise.resolve()
        .then(() => call(kitchen))
        .then(
          () => assert.fail('it was accepted'),
          (error: unknown) => error,
        )
      assert.ok(error instanceof HobError, String(error))
      assert.match(error.message, says)
    })
  }
})
