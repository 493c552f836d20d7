import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type Handler, openKitchen, snooze } from '#hob/index.js'

const CIRCLE: { self?: unknown } = {}
CIRCLE.self = CIRCLE

/** What a handler may answer by mistake, and what its job's error then says. */
const MISTAKES: readonly (readonly [name: string, handler: Handler, error: RegExp])[] = [
  ['a result over the cap', () => 'x'.repeat(2 * 1024 * 1024), /^ArgumentError: result is "2097154 bytes"/],
  ['a result that JSON cannot hold', () => 1n, /^ArgumentError: the result cannot be kept: JSON cannot hold a bigint$/],
  [
    'a result with a circle',
    () => ({ list: [CIRCLE] }),
    /^ArgumentError: the result cannot be kept: list\.0\.self: JSON cannot hold a circle$/,
  ],
  ['a function as a result', () => () => 1, /^ArgumentError: the result cannot be kept: JSON cannot hold a function$/],
  ['a wait that is no number', () => snooze({ inMs: Number.NaN }), /^ArgumentError: inMs is NaN/],
]

describe('an outcome that cannot be recorded', () => {
  for (const [name, handler, error] of MISTAKES) {
    test(`${name} fails its own attempt, and no neighbour`, async () => {
      await using kitchen = await openKitchen('memory:')
      const queue = kitchen.queue('q')
      await queue.sendMany(['before', 'mistake', 'after'])
      await using worker = queue.work((job) => (job.payload === 'mistake' ? handler(job) : 'fine'), { attempts: 1 })
      assert.ok(worker)
      while ((await kitchen.broker.jobs({ queue: 'q', states: ['ready', 'running'], countMax: 1 })).length > 0) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      const jobs = await kitchen.broker.jobs({ queue: 'q', countMax: 10 })
      assert.deepEqual(
        jobs.map(({ state }) => state),
        ['done', 'error', 'done'],
      )
      assert.match(jobs[1]?.error ?? '', error)
    })
  }
})
