import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openBroker } from '#hob/engines.js'
import { freePort } from '../support/servers/free-port.js'
import { findProgram } from '../support/servers/programs.mjs'
import { RedisServer } from '../support/servers/redis.js'

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

/** All that crosses from one port to another: jobs of two queues, a record, a wait. */
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
})

test('a kitchen is found by Sentinel, also after a failover', async () => {
  const primary = await start()
  const replica = await start({ replicaof: `${primary.host} ${primary.port}` })
  const sentinel = await startSentinel(primary)
  const url = `redis://127.0.0.1:${sentinel}/x?sentinel=kitchen`
  const broker = await open(url)
  await work(broker, await open(url))
  const second = await hand(replica.url)
  await expect.poll(async () => (await second.dbsize()) > 0, { timeout: 10_000 }).toBe(true)
  const watch = await hand(`redis://127.0.0.1:${sentinel}`)
  const knowsReplica = async () => ((await watch.call('sentinel', 'replicas', 'kitchen')) as unknown[]).length > 0
  await expect.poll(knowsReplica, { timeout: 15_000 }).toBe(true)

  await watch.call('sentinel', 'failover', 'kitchen')
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

/** Watches one server as `kitchen`; answers its port. */
async function startSentinel({ host, port: watched, folder }: RedisServer): Promise<number> {
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  writeFileSync(
    file,
    `port ${port}\ndir ${folder}\nsentinel monitor kitchen ${host} ${watched} 1\nsentinel down-after-milliseconds kitchen 1000\nsentinel failover-timeout kitchen 3000\n`,
  )
  const child = spawn(findProgram('redis-server') ?? 'redis-server', [file, '--sentinel'], { stdio: 'ignore' })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  ends.push(() => {
    child.kill()
    return exited
  })
  return port
}
