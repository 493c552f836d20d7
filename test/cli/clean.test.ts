import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'vitest'
import { openMemory } from '#hob/broker/memory/memory.js'
import { clean } from '#hob/cli/clean.js'
import { Output } from '#hob/cli/print/output.js'
import { systemClock } from '#hob/core/clock.js'

test('orders that were deleted before others were taken are told', async () => {
  const broker = openMemory({ clock: systemClock })
  await broker.commit([{ send: [{ queue: 'orders', payload: '[]' }] }])
  // As an engine answers that deletes in parts, when a waiter takes orders between two of them.
  broker.clean = async () => ({ deleted: 5_000, running: 1 })
  const output = new Output(new PassThrough())
  const cleaning = clean.run({
    args: [],
    options: { queue: 'orders', yes: true, force: false },
    globals: { json: false, debug: false, kitchen: undefined, db: undefined, version: false },
    terminal: { input: new PassThrough(), out: output, err: output, env: {}, onLost: () => {} },
    kitchenUrl: () => 'memory:',
    openBroker: async () => broker,
    openKitchen: () => assert.fail('it needs only the broker'),
  })
  await assert.rejects(cleaning, { message: '1 order of orders is RUNNING; 5,000 others were deleted' })
})
