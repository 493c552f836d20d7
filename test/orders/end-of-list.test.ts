import assert from 'node:assert/strict'
import { test } from 'vitest'
import { openMemory } from '#hob/broker/memory/memory.js'
import { VirtualClock } from '#hob/core/clock.js'
import { EndOfList } from '#hob/orders/end-of-list.js'

const LEASE_MS = 9_000

function start() {
  const clock = new VirtualClock()
  const broker = openMemory({ clock })
  const send = () => broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
  const take = async (node: string) => (await broker.take({ queue: 'q', node, countMax: 1, leaseMs: LEASE_MS }))[0]
  return { clock, broker, send, take, end: new EndOfList(broker, 'q') }
}

test('nobody holds anything: the end', async () => {
  assert.equal(await start().end.next(), 'end')
})

test('a waiter stays until another that holds an order has renewed its lease', async () => {
  const { clock, broker, send, take, end } = start()
  await send()
  const job = await take('other')
  assert.ok(job)
  assert.notEqual(await end.next(), 'end')
  clock.pass(1_000)
  assert.notEqual(await end.next(), 'end')
  await broker.extend([job.lease], LEASE_MS)
  clock.pass(500)
  assert.equal(await end.next(), 'end')
})

test('an order that another takes between two looks must be proven, too', async () => {
  const { clock, broker, send, take, end } = start()
  await send()
  const first = await take('other')
  assert.ok(first)
  assert.notEqual(await end.next(), 'end')
  clock.pass(1_000)
  await broker.extend([first.lease], LEASE_MS)
  await send()
  assert.ok(await take('a third'))
  assert.notEqual(await end.next(), 'end')
})
