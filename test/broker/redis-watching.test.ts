import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openBroker } from '#hob/engines.js'
import { BadLine } from '../support/bad-line/bad-line.js'
import { RedisServer } from '../support/servers/redis.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Two who share a kitchen: one by a line that can be broken, one without. */
async function setUp() {
  const server = await RedisServer.start()
  ends.push(() => server.dispose())
  const line = await BadLine.start({ path: server.socket })
  ends.push(() => line.dispose())
  const open = async (url: string): Promise<Broker> => {
    const broker = await openBroker(`${url}/x`)
    ends.push(() => broker.close())
    return broker
  }
  const hand = new Redis(server.url)
  ends.push(async () => hand.disconnect())
  const near = await open(server.url)
  return { server, line, hand, near, far: await open(line.through(server.url)) }
}

const put = (broker: Broker, value: string) => broker.commit([{ put: [{ key: 'color/a', value }] }])

/** Watches as a program does: reads the records whenever it is called, and tries no more when that fails. */
function follow(broker: Broker): { readonly seen: () => string | undefined; readonly end: () => void } {
  let seen: string | undefined
  const end = broker.watch('color', () => {
    broker.record('color/a').then(
      (record) => {
        seen = record?.value
      },
      () => {},
    )
  })
  return { seen: () => seen, end }
}

test('who watches hears of what another client puts, also after the connection was cut and healed', async () => {
  const { line, near, far } = await setUp()
  await put(near, '1')
  const watching = follow(far)
  await expect.poll(watching.seen).toBe('1')
  await put(near, '2')
  await expect.poll(watching.seen).toBe('2')

  await line.cut()
  await put(near, '3')
  // Begun while nothing can be reached: it is told as well, when it is.
  const late = follow(far)
  await line.heal()
  await expect.poll(watching.seen, { timeout: 5_000 }).toBe('3')
  await expect.poll(late.seen, { timeout: 5_000 }).toBe('3')
  await put(near, '4')
  await expect.poll(watching.seen).toBe('4')
  await expect.poll(late.seen).toBe('4')
  watching.end()
  late.end()
})

test('a step that changes many records of two topics publishes twice, and one that is refused does not', async () => {
  const { near, hand, server } = await setUp()
  const heard: string[] = []
  const listener = new Redis(server.url)
  ends.push(async () => listener.disconnect())
  await listener.psubscribe('hob:*')
  listener.on('pmessage', (_, channel: string) => heard.push(channel.replace(/^.*\//, '')))
  const keys = ['color/a', 'color/b', 'shape/a/b', 'plain']
  await near.commit([
    { put: keys.map((key) => ({ key, value: '1' })) },
    { put: [{ key: 'size/a', value: '1', expected: 7 }] },
  ])
  await hand.publish('hob:end', 'end')
  await expect.poll(() => heard.at(-1)).toBe('hob:end')
  assert.deepEqual(heard.slice(0, -1).sort(), ['color', 'shape'])
})

test('a pause holds for every client, and a resume wakes who waits in another', async () => {
  const { near, far, hand } = await setUp()
  const send = () => near.commit([{ send: [{ queue: 'q', payload: '1' }] }])
  const take = () => far.take({ queue: 'q', node: 'n', countMax: 9, leaseMs: 60_000 })
  await send()
  assert.equal((await take()).length, 1)
  let overCount = 0
  const wait = async (broker: Broker) => {
    await broker.wait('q', { mostMs: 3_600_000 })
    overCount += 1
  }
  const early = wait(far)
  await expect.poll(() => hand.pubsub('CHANNELS', 'hob:*:q')).toHaveLength(1)
  await near.pause({ queue: 'q', isPaused: true })
  await send()
  // Begun while there is a job that nobody may have.
  const late = wait(near)
  await sleep(200)
  assert.equal(overCount, 0)
  assert.deepEqual(await take(), [])
  await near.pause({ queue: 'q', isPaused: false })
  // They were told: to look by themselves takes them six seconds.
  await expect.poll(() => overCount, { timeout: 3_000 }).toBe(2)
  await Promise.all([early, late])
  assert.equal((await take()).length, 1)
})
