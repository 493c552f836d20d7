import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { kitchenError } from '#hob/broker/redis/errors.js'
import { statements } from '#hob/broker/redis/statements.generated.js'
import { SET_ASIDE_ERROR } from '#hob/broker/set-aside.js'
import { openBroker } from '#hob/engines.js'
import { readDocument } from '../docs/documents.js'
import { freePort } from '../support/servers/free-port.js'
import { RedisServer } from '../support/servers/redis.js'
import { sharedRedisUrl } from '../support/servers/shared.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function start(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const server = await RedisServer.start({ settings })
  ends.push(() => server.dispose())
  return server
}

async function open(url: string, create = true): Promise<Broker> {
  const broker = await openBroker(url, { create })
  ends.push(() => broker.close())
  return broker
}

async function hand(url: string): Promise<Redis> {
  const redis = new Redis(url)
  ends.push(async () => redis.disconnect())
  return redis
}

const send = (broker: Broker, payload = '1') => broker.commit([{ send: [{ queue: 'q', payload }] }])

test('a server that is not there is unreachable, with its address', async () => {
  const port = await freePort()
  await assert.rejects(openBroker(`redis://:secret@127.0.0.1:${port}/x`), {
    code: 'unreachable',
    message: `cannot reach redis://127.0.0.1:${port}/x`,
  })
})

test('a kitchen that is not there is missing, unless it is to be made', async () => {
  const url = `${await sharedRedisUrl()}/missing-${randomUUID()}`
  await assert.rejects(openBroker(url, { create: false }), { code: 'missing' })
})

test('what another program keeps under the name is left alone', async () => {
  const { url } = await start()
  const redis = await hand(url)
  await redis.set('{hob:a}', 'mine')
  await redis.hset('{hob:b}', 'colour', 'blue')
  for (const name of ['a', 'b']) await assert.rejects(openBroker(`${url}/${name}`), { code: 'foreign' })
  assert.equal(await redis.get('{hob:a}'), 'mine')
})

test('a kitchen of a newer schema is refused', async () => {
  const { url } = await start()
  await open(`${url}/x`)
  await (await hand(url)).hset('{hob:x}', 'schema', 99)
  await assert.rejects(openBroker(`${url}/x`), { code: 'newer', message: /schema 99/ })
})

test('a kitchen of an older schema is brought up to date, with what it holds', async () => {
  const { url } = await start()
  await send(await open(`${url}/x`))
  const redis = await hand(url)
  await redis.hset('{hob:x}', 'schema', 1)
  const broker = await open(`${url}/x`, false)
  assert.equal(await redis.hget('{hob:x}', 'schema'), '2')
  assert.equal((await broker.describe()).schemaVersion, 2)
  assert.equal((await broker.take({ queue: 'q', node: 'n', countMax: 9, leaseMs: 60_000 })).length, 1)
})

test('a missing and a wrong password are denied, and neither is shown', async () => {
  const { host, port } = await start({ requirepass: 'right-secret' })
  for (const [user, kind] of [
    ['', /a password is needed/],
    [':wrong-secret@', /wrong user or password/],
  ] as const) {
    await assert.rejects(openBroker(`redis://${user}${host}:${port}/x`), (error: Error & { code: string }) => {
      assert.equal(error.code, 'denied')
      assert.match(error.message, kind)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
  }
  await send(await open(`redis://:right-secret@${host}:${port}/x`))
})

test('a user who has no more than the documented rights can do everything', async () => {
  const { url, host, port } = await start()
  const [, rights] = /`ACL SETUSER NAME on >PASSWORD ([^`]+)`/.exec(readDocument('docs/kitchens.md').text) ?? []
  assert.ok(rights)
  const redis = await hand(url)
  await redis.call('ACL', 'SETUSER', 'fred', 'on', '>secret', ...rights.replace('KITCHEN', 'x').split(' '))
  const broker = await open(`redis://fred:secret@${host}:${port}/x`)
  await redis.call('ACL', 'LOG', 'RESET')
  let calls = 0
  broker.watch('color', () => {
    calls += 1
  })
  await expect.poll(() => calls).toBe(1)
  await broker.commit([{ put: [{ key: 'color/a', value: '1' }] }])
  await expect.poll(() => calls).toBe(2)
  const waiting = broker.wait('q', { mostMs: 3_600_000 })
  const [sent] = (await send(broker))[0]?.sent ?? []
  await waiting
  const ids = [sent?.id ?? '']
  await broker.pause({ queue: 'q', isPaused: true })
  await broker.pause({ queue: 'q', isPaused: false })
  for (const kind of ['cancel', 'retry', 'drop'] as const) {
    assert.deepEqual(await broker.change(ids, { kind, reason: 'no' }), ['changed'])
  }
  await send(broker)
  const [job] = await broker.take({ queue: 'q', node: 'n', countMax: 1, leaseMs: 60_000 })
  assert.ok(job)
  await broker.extend([job.lease], 60_000)
  await broker.commit([{ settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } } }])
  await broker.sweep({ queue: 'q', keep: { doneMax: 0, errorMax: 0 }, countMax: 9 })
  assert.match((await broker.describe()).lossWindow ?? '', /everything is lost/)
  await broker.diagnose({})
  await broker.reset({ queue: 'q', gone: [] })
  await broker.clean({ queue: 'q' })
  assert.deepEqual(await redis.call('ACL', 'LOG'), [], 'nothing was refused')
})

test('a user who may not publish is refused at once, before a job is half sent', async () => {
  const { url, host, port } = await start()
  const redis = await hand(url)
  await redis.call('ACL', 'SETUSER', 'fred', 'on', '>secret', '~*', 'resetchannels', '+@all')
  await assert.rejects(openBroker(`redis://fred:secret@${host}:${port}/x`), { code: 'denied', hint: /&hob:\*/ })
  assert.equal(await redis.dbsize(), 0)
})

test('a server that would evict jobs is refused; one that evicts only what has a time to live is not', async () => {
  const { url } = await start({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' })
  await assert.rejects(openBroker(`${url}/x`), { code: 'fault', message: /would drop jobs/, hint: /noeviction/ })
  await (await hand(url)).config('SET', 'maxmemory-policy', 'volatile-lru')
  await open(`${url}/x`)
})

test('a full server refuses sends, and still takes outcomes and lets jobs be dropped', async () => {
  const { url } = await start()
  const broker = await open(`${url}/x`)
  await send(broker)
  const [job] = await broker.take({ queue: 'q', node: 'n', countMax: 1, leaseMs: 60_000 })
  assert.ok(job)
  const [first] = (await send(broker))[0]?.sent ?? []
  await send(broker)
  assert.ok(first)
  await (await hand(url)).config('SET', 'maxmemory', '1mb')
  await assert.rejects(send(broker), { code: 'full' })
  const [result] = await broker.commit([{ settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } } }])
  assert.equal(result?.kind, 'done')
  assert.deepEqual(await broker.change([first.id], { kind: 'drop' }), ['changed'])
  assert.equal((await broker.queues())[0]?.counts.ready, 1)
})

test('a server that was emptied is told from one that has nothing to do', async () => {
  const { url } = await start()
  const broker = await open(`${url}/x`)
  await send(broker)
  const redis = await hand(url)
  await redis.flushall()
  const calls = [
    () => send(broker),
    () => broker.take({ queue: 'q', node: 'n', countMax: 1, leaseMs: 60_000 }),
    () => broker.extend([{ queue: 'q', epoch: 1 }], 1_000),
    () => broker.sweep({ queue: 'q', keep: { doneMax: 0, errorMax: 0 }, countMax: 1 }),
    () => broker.queues(),
    () => broker.jobs({ countMax: 1 }),
    () => broker.jobs({ ids: ['1'], countMax: 1 }),
    () => broker.job('1'),
    () => broker.record('x'),
    () => broker.records('', { countMax: 1 }),
    () => broker.change(['1'], { kind: 'retry' }),
    () => broker.pause({ queue: 'q', isPaused: true }),
    () => broker.pause({ queue: 'q', isPaused: false }),
    () => broker.reset({ queue: 'q', gone: [] }),
    () => broker.clean({ queue: 'q' }),
    () => broker.leases('q'),
    () => broker.describe(),
    () => broker.diagnose({}),
  ]
  for (const call of calls) await assert.rejects(call(), { code: 'missing', message: /gone/ })
  assert.equal(await redis.dbsize(), 0)
  // Another kitchen of that name is not the one that was opened.
  await open(`${url}/x`)
  await assert.rejects(send(broker), { code: 'missing' })
})

test('a server that forgot its scripts is taught them again', async () => {
  const { url } = await start()
  const broker = await open(`${url}/x`)
  await (await hand(url)).script('FLUSH')
  await send(broker)
  assert.equal((await broker.take({ queue: 'q', node: 'n', countMax: 9, leaseMs: 60_000 })).length, 1)
})

test('a kitchen outlasts a restart of its server, and its broker connects again by itself', async () => {
  const server = await start({ appendonly: 'yes', appendfsync: 'always' })
  const broker = await open(`${server.url}/x`)
  await send(broker)
  await server.kill()
  await assert.rejects(send(broker), { code: 'unreachable' })
  await server.restart()
  const answered = () =>
    broker.take({ queue: 'q', node: 'n', countMax: 9, leaseMs: 60_000 }).then(
      (jobs) => jobs.length,
      () => -1,
    )
  await expect.poll(answered, { timeout: 5_000 }).toBe(1)
})

test('a server that answers nothing is unreachable after some seconds, and is back when it is', async () => {
  const server = await start()
  const broker = await open(`${server.url}/x`)
  server.pause()
  await assert.rejects(send(broker), { code: 'unreachable' })
  await assert.rejects(openBroker(`${server.url}/x`), { code: 'unreachable' })
  server.resume()
  const sent = () =>
    send(broker).then(
      () => true,
      () => false,
    )
  await expect.poll(sent, { timeout: 5_000 }).toBe(true)
})

test('whoever waits while the server restarts hears of what is sent afterwards', async () => {
  const server = await start({ appendonly: 'yes', appendfsync: 'always' })
  const [broker, other] = [await open(`${server.url}/x`), await open(`${server.url}/x`)]
  await send(broker)
  await broker.take({ queue: 'q', node: 'n', countMax: 9, leaseMs: 86_400_000 })
  const wait = () => broker.wait('q', { mostMs: 3_600_000 })
  const waiting = wait()
  await server.restart()
  // The fault ends a wait: whoever takes next meets it. Then it waits on.
  await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 100))])
  const sent = () =>
    send(other).then(
      () => true,
      () => false,
    )
  const woken = wait()
  await expect.poll(sent, { timeout: 5_000 }).toBe(true)
  await woken
})

test('the kitchen tells what it would lose', async () => {
  const lossOf = async (settings: Readonly<Record<string, string>>, query = '') => {
    const broker = await open(`${(await start(settings)).url}/x${query}`)
    return (await broker.describe()).lossWindow
  }
  assert.match((await lossOf({})) ?? '', /everything is lost/)
  assert.match((await lossOf({ save: '3600 1' })) ?? '', /snapshot/)
  assert.match((await lossOf({ appendonly: 'yes' })) ?? '', /last second/)
  assert.equal(await lossOf({ appendonly: 'yes', appendfsync: 'always' }, '?durability=strict'), null)
})

test('strict durability is refused where the server cannot give it', async () => {
  const { url } = await start()
  await assert.rejects(openBroker(`${url}/x?durability=strict`), { code: 'fault', hint: /appendonly yes/ })
})

test('what Redis reports becomes a code of ours, by its first word', () => {
  const codeOf = (message: string) => {
    const error = kitchenError(Object.assign(new Error(message), { name: 'ReplyError' }), 'redis://host') as {
      code: string
    }
    return error.code
  }
  assert.equal(codeOf('NOPERM this user has no permissions'), 'denied')
  assert.equal(codeOf('OOM command not allowed'), 'full')
  assert.equal(codeOf('MISCONF Redis is configured to save RDB snapshots'), 'full')
  assert.equal(codeOf("READONLY You can't write against a read only replica."), 'unreachable')
  assert.equal(codeOf('LOADING Redis is loading the dataset in memory'), 'busy')
  assert.equal(codeOf('BUSY Redis is busy running a script'), 'busy')
  assert.equal(codeOf('ERR something else'), 'fault')
  const lost = kitchenError(new Error('Connection is closed.'), 'redis://host') as { code: string }
  assert.equal(lost.code, 'unreachable')
})

test('what is set aside says the same on every engine', () => {
  assert.ok(statements.partReturn.includes(JSON.stringify(SET_ASIDE_ERROR)))
})
