import assert from 'node:assert/strict'
import { test } from 'vitest'
import { fixed } from '#hob/core/backoff.js'
import { Waiter } from '#hob/orders/waiter.js'
import { ended, sharedKitchens } from '../queue/kitchens.js'
import { until } from '../support/until.js'
import { script, startCrew } from './command/support.js'

test('an order that is cancelled from another process while its command runs: the command is killed, and the order is cancelled', async () => {
  const [kitchen, other] = sharedKitchens()
  const [long] = await kitchen.queue('orders').sendMany([['60'], ['0']])
  const said: string[] = []
  const waiter = new Waiter(
    {
      queue: 'orders',
      name: 'me',
      concurrency: 1,
      leaseMs: 15_000,
      takeMax: Number.POSITIVE_INFINITY,
      waits: false,
      attemptsMax: 3,
      backoff: fixed(),
      timeoutMs: null,
      halt: null,
    },
    {
      broker: kitchen.broker,
      heartbeat: kitchen.heartbeat,
      cancellations: kitchen.parts.cancellations,
      metrics: null,
      crew: await startCrew(),
      build: ({ payload }) => ({
        ...script('exec sleep "$1"', JSON.parse(payload)),
        words: ['sleep'],
        order: { values: [], names: null, stdin: '' },
      }),
      events: {
        onOutput: async () => {},
        onSettled: ({ ran }, result) => said.push(`${result} ${ran.outcome.kind}`),
        onFault: (error) => assert.fail(String(error)),
      },
    },
  )
  waiter.start()
  await until('it runs', async () => (await kitchen.job(String(long?.id)))?.state === 'running')
  const sinceMs = performance.now()
  assert.equal(await other.cancel(String(long?.id), 'the list was wrong'), 'asked')
  await waiter.finished()
  assert.ok(performance.now() - sinceMs < 10_000)
  assert.deepEqual(await ended(kitchen, 'orders'), [
    ['cancelled', 'the list was wrong'],
    ['done', null],
  ])
  assert.deepEqual(said, ['done cancel', 'done done'])
  assert.deepEqual(waiter.counts, { done: 1, failed: 0, cancelled: 1, retried: 0, released: 0, refused: 0 })
  assert.deepEqual(await kitchen.broker.records('cancel/', { countMax: 9 }), [])
})
