import assert from 'node:assert/strict'
import { test } from 'vitest'
import { type AttemptEnd, defineBatchWorker, defineQueue, defineWorker, fail, openKitchen } from '#hob/index.js'
import { isWorkerDefinition } from '#hob/queue/worker-definition.js'

const mail = defineQueue({ name: 'mail' })

test('a worker is a value: it starts in the kitchen that it is given, each time anew', async () => {
  const payloads: unknown[] = []
  const definition = defineWorker(mail, ({ payload }) => payloads.push(payload), { concurrency: 3 })
  assert.deepEqual([definition.queue, definition.concurrency], ['mail', 3])
  for (const payload of ['one', 'two']) {
    await using kitchen = await openKitchen('memory:')
    const sent = await kitchen.send(mail, payload)
    await using worker = definition.start(kitchen)
    await sent.result()
    await worker.stop()
  }
  assert.deepEqual(payloads, ['one', 'two'])
})

test('what the start says goes before what the definition says', async () => {
  const definition = defineWorker(mail, () => {}, { concurrency: 3, attempts: 1 })
  await using kitchen = await openKitchen('memory:')
  assert.throws(() => definition.start(kitchen, { concurrency: 0 }), /concurrency is 0/)
})

test('each attempt is told when it has ended, of batches as of single jobs', async () => {
  await using kitchen = await openKitchen('memory:')
  const ends: AttemptEnd[] = []
  const onEnd = (end: AttemptEnd) => void ends.push(end)
  const [good, bad] = await kitchen.sendMany(mail, [1, 2])
  const definition = defineBatchWorker(mail, (jobs) => jobs.map(({ payload }) => (payload === 1 ? 'well' : fail('no'))))
  await using worker = definition.start(kitchen, { onEnd })
  await Promise.allSettled([good?.result(), bad?.result()])
  await worker.stop()
  assert.deepEqual(
    ends.map(({ ranMs: _, ...end }) => end),
    [
      {
        id: '1',
        queue: 'mail',
        attempt: 1,
        outcome: 'done',
        error: null,
        stack: null,
        retryInMs: null,
        isRefused: false,
      },
      {
        id: '2',
        queue: 'mail',
        attempt: 1,
        outcome: 'error',
        error: 'no',
        stack: null,
        retryInMs: null,
        isRefused: false,
      },
    ],
  )
})

test('nothing else is a worker', () => {
  for (const value of [null, undefined, 1, 'x', {}, () => {}, mail, { queue: 'mail', start: () => {} }]) {
    assert.equal(isWorkerDefinition(value), false)
  }
  assert.equal(isWorkerDefinition(defineWorker(mail, () => {})), true)
})
