import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openBroker } from '#hob/engines.js'
import { RedisServer } from '../support/servers/redis.js'
import { MASTER, SentinelServer } from '../support/servers/sentinel.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function start(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const server = await RedisServer.start({ settings })
  ends.push(() => server.dispose())
  return server
}

async function open(url: string): Promise<Broker> {
  const broker = await openBroker(url)
  ends.push(() => broker.close())
  return broker
}

async function hand(url: string): Promise<Redis> {
  const redis = new Redis(url)
  ends.push(async () => redis.disconnect())
  return redis
}

const send = (broker: Broker) => broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
const take = (broker: Broker) => broker.take({ queue: 'q', node: 'n', countMax: 9, leaseMs: 60_000 })

/** All that crosses from one port to another: jobs of two queues, records, a wait, a pause. */
async function work(broker: Broker, other: Broker): Promise<void> {
  await take(broker)
  const waiting = broker.wait('q', { mostMs: 3_600_000 })
  await send(other)
  await waiting
  const [job] = await take(broker)
  assert.ok(job)
  const step = {
    settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } },
    send: [{ queue: 'next', payload: '2' }],
    put: [{ key: 'x', value: '3' }],
  } as const
  assert.equal((await broker.commit([step]))[0]?.kind, 'done')
  assert.deepEqual(
    (await other.queues()).map(({ queue }) => queue),
    ['next', 'q'],
  )
  assert.equal((await other.record('x'))?.value, '3')

  let calls = 0
  const endWatch = broker.watch('color', () => {
    calls += 1
  })
  await expect.poll(() => calls).toBe(1)
  await other.commit([{ put: [{ key: 'color/a', value: '1' }] }])
  await expect.poll(() => calls).toBe(2)
  endWatch()

  await other.pause({ queue: 'next', isPaused: true })
  assert.deepEqual(await broker.take({ queue: 'next', node: 'n', countMax: 9, leaseMs: 60_000 }), [])
  const resumed = broker.wait('next', { mostMs: 3_600_000 })
  await other.pause({ queue: 'next', isPaused: false })
  await resumed
  const [next] = await broker.jobs({ queue: 'next', countMax: 1 })
  assert.deepEqual(await other.change([next?.id ?? ''], { kind: 'drop' }), ['changed'])
}

test('a kitchen works in a Cluster', async () => {
  const servers = [await start({ 'cluster-enabled': 'yes' }), await start({ 'cluster-enabled': 'yes' })]
  const [a, b] = await Promise.all(servers.map(({ url }) => hand(url)))
  assert.ok(a && b && servers[1])
  await a.call('cluster', 'addslotsrange', 0, 8_191)
  await b.call('cluster', 'addslotsrange', 8_192, 16_383)
  await a.cluster('MEET', servers[1].host, servers[1].port)
  const isUp = async () =>
    (await Promise.all([a, b].map((node) => node.cluster('INFO')))).every((info) =>
      /cluster_state:ok/.test(String(info)),
    )
  await expect.poll(isUp, { timeout: 15_000 }).toBe(true)
  const hosts = servers.map(({ host, port }) => `${host}:${port}`).join(',')
  // Names that fall into slots of both.
  for (const name of ['a', 'b', 'c', 'd']) {
    const url = `redis://${hosts}/${name}?cluster=yes`
    await work(await open(url), await open(url))
  }
  assert.ok((await a.dbsize()) > 0 && (await b.dbsize()) > 0)

  // The client subscribes elsewhere without a word when that connection is lost; a message may be lost with it.
  const broker = await open(`redis://${hosts}/a?cluster=yes`)
  let calls = 0
  broker.watch('color', () => {
    calls += 1
  })
  await expect.poll(() => calls).toBe(1)
  for (const node of [a, b]) await node.call('client', 'kill', 'type', 'pubsub')
  await broker.commit([{ put: [{ key: 'color/a', value: '2' }] }])
  const callsBefore = calls
  await expect.poll(() => calls, { timeout: 10_000 }).toBeGreaterThan(callsBefore)
})

test('a kitchen is found by Sentinel, also after a failover', async () => {
  const primary = await start()
  const replica = await start({ replicaof: `${primary.host} ${primary.port}` })
  const sentinel = await SentinelServer.start(primary)
  ends.push(() => sentinel.dispose())
  const { url } = sentinel
  const broker = await open(url)
  await work(broker, await open(url))
  const second = await hand(replica.url)
  await expect.poll(async () => (await second.dbsize()) > 0, { timeout: 10_000 }).toBe(true)
  const watch = await hand(`redis://${sentinel.host}:${sentinel.port}`)
  const knowsReplica = async () => ((await watch.call('sentinel', 'replicas', MASTER)) as unknown[]).length > 0
  await expect.poll(knowsReplica, { timeout: 15_000 }).toBe(true)

  await watch.call('sentinel', 'failover', MASTER)
  await expect.poll(async () => (await second.role())[0], { timeout: 20_000 }).toBe('master')
  const sent = () =>
    send(broker).then(
      () => true,
      () => false,
    )
  await expect.poll(sent, { timeout: 10_000 }).toBe(true)
  await expect
    .poll(async () => (await second.info('stats')).length > 0 && (await take(broker)).length, { timeout: 10_000 })
    .toBe(1)
})
