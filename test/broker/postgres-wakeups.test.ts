import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { newJob, send } from '../laws/shorthand.js'
import { BadLine } from '../support/bad-line/bad-line.js'
import { PostgresServer } from '../support/servers/postgres.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'
import { until } from '../support/until.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Long enough for a call that should not come. */
const QUIET_MS = 200

/** Before a look would find by itself what nobody told. */
const TOLD_MS_MAX = 4_000

/** A kitchen that several clients share, gone afterwards. */
async function makeKitchen(): Promise<{ url: string; schema: string; client: () => Promise<pg.Client> }> {
  const server = await sharedPostgresUrl()
  const schema = `wakeups_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const client = async () => {
    const made = new pg.Client({ connectionString: server })
    await made.connect()
    ends.push(() => made.end())
    return made
  }
  const admin = await client()
  ends.push(() => admin.query(`DROP SCHEMA ${schema} CASCADE`))
  return { url: `${server}?schema=${schema}`, schema, client }
}

async function open(url: string): Promise<Broker> {
  const broker = await openPostgres({ url, create: true })
  ends.push(() => broker.close())
  return broker
}

/** Watches the topic `color`; answers how often it was called so far. */
async function watchColor(broker: Broker): Promise<() => number> {
  let count = 0
  broker.watch('color', () => {
    count += 1
  })
  await until('the first call', () => count > 0)
  return () => count
}

const put = (key: string, value = '1') => [{ put: [{ key, value }] }]

test('a client that watches is told what another puts, also after its connection was cut and healed', async () => {
  const { url } = await makeKitchen()
  const writer = await open(url)
  const { hostname: host, port } = new URL(url)
  const line = await BadLine.start({ host, port: Number(port) })
  ends.push(() => line.dispose())
  const reader = await open(line.through(url))
  const count = await watchColor(reader)

  await writer.commit(put('color/a'))
  await until('it is told', () => count() > 1, { mostMs: TOLD_MS_MAX })
  await line.cut()
  const before = count()
  await writer.commit(put('color/a', '2'))
  await sleep(QUIET_MS)
  assert.equal(count(), before, 'nobody is called while there is nothing to be read')
  await line.heal()
  await until('it is told once the line is healed', () => count() > before, { mostMs: TOLD_MS_MAX })
  assert.equal((await reader.record('color/a'))?.value, '2')
  const healed = count()
  await writer.commit(put('color/a', '3'))
  await until('it is told as before', () => count() > healed, { mostMs: TOLD_MS_MAX })
})

test('a half-open connection is noticed, and what was missed meanwhile is told', async () => {
  const { url } = await makeKitchen()
  const writer = await open(url)
  const { hostname: host, port } = new URL(url)
  const line = await BadLine.start({ host, port: Number(port) })
  ends.push(() => line.dispose())
  const count = await watchColor(await open(line.through(url)))
  line.forget()
  await writer.commit(put('color/a'))
  await until('it is told', () => count() > 1)
})

test('what is put within a transaction of the caller is told when it commits, and not before', async () => {
  const { url, client } = await makeKitchen()
  const [writer, reader] = [await open(url), await open(url)]
  const count = await watchColor(reader)
  const own = await client()
  await own.query('BEGIN')
  await writer.commitWithin(own, put('color/a'))
  await sleep(QUIET_MS)
  assert.equal(count(), 1)
  await own.query('ROLLBACK')
  await sleep(QUIET_MS)
  assert.equal(count(), 1)
  await own.query('BEGIN')
  await writer.commitWithin(own, put('color/a'))
  await own.query('COMMIT')
  await until('it is told', () => count() > 1, { mostMs: TOLD_MS_MAX })
})

test('a job that was on its way when a wait began ends it once it is there', async () => {
  const { url, client } = await makeKitchen()
  const [sender, worker] = [await open(url), await open(url)]
  await sender.pause({ queue: 'q', isPaused: false })
  const own = await client()
  await own.query('BEGIN')
  await sender.commitWithin(own, [{ send: [newJob('a')] }])
  let isOver = false
  const waiting = worker.wait('q', { mostMs: 60_000 }).then(() => {
    isOver = true
  })
  await sleep(QUIET_MS)
  assert.equal(isOver, false)
  const sinceMs = performance.now()
  await own.query('COMMIT')
  await waiting
  assert.ok(performance.now() - sinceMs < TOLD_MS_MAX)
})

for (const [what, steps] of [
  ['put', put('color/b')],
  ['delete', [{ put: [{ key: 'color/a', value: null }] }]],
] as const) {
  test(`a ${what} that was under way when a watch began is told once it is committed`, async () => {
    const { url, client } = await makeKitchen()
    const [writer, reader] = [await open(url), await open(url)]
    await writer.commit(put('color/a'))
    const own = await client()
    await own.query('BEGIN')
    await writer.commitWithin(own, steps)
    const count = await watchColor(reader)
    await sleep(QUIET_MS)
    assert.equal(count(), 1)
    await own.query('COMMIT')
    await until('it is told', () => count() > 1, { mostMs: TOLD_MS_MAX })
    await sleep(QUIET_MS)
    assert.equal(count(), 2)
  })
}

test('who changes records notifies only while somebody watches, and once for a transaction', async () => {
  const { url, schema, client } = await makeKitchen()
  const [writer, reader] = [await open(url), await open(url)]
  const heard: string[] = []
  const listener = await client()
  listener.on('notification', ({ payload = '' }) => heard.push(payload))
  await listener.query(`LISTEN "hob:${schema}"`)
  const change = () => writer.commit([...put('color/a'), ...put('color/b'), ...put('shape/a')])

  await change()
  await listener.query('SELECT')
  assert.deepEqual(heard, [])
  const end = reader.watch('color', () => {})
  await until('it notifies', async () => {
    await change()
    await listener.query('SELECT')
    return heard.length > 0
  })
  await change()
  await listener.query('SELECT')
  assert.deepEqual(heard, ['#color', '#color'])
  end()
  await until('it is quiet again', async () => {
    heard.length = 0
    await change()
    await listener.query('SELECT')
    return heard.length === 0
  })
})

test('who watches and hears nothing asks the server once in six seconds', async () => {
  const server = await PostgresServer.start()
  ends.push(() => server.dispose())
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  ends.push(() => admin.end())
  const pids = async () => {
    const { rows } = await admin.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'hob'",
    )
    return rows.map(({ pid }) => pid)
  }
  const reader = await open(server.url)
  await reader.queues()
  const before = new Set(await pids())
  await watchColor(reader)
  const ours = (await pids()).filter((pid) => !before.has(pid))
  // What was under way when the watch began is over by then.
  await sleep(1_500)
  const asked = new Set<string>()
  const untilMs = performance.now() + 7_000
  while (performance.now() < untilMs) {
    const { rows } = await admin.query<{ pid: number; at: string }>(
      'SELECT pid, query_start::text AS at FROM pg_stat_activity WHERE pid = ANY ($1)',
      [ours],
    )
    for (const { pid, at } of rows) asked.add(`${pid} ${at}`)
    await sleep(50)
  }
  assert.ok(asked.size <= ours.length + 2, `${asked.size - ours.length} round trips in seven seconds`)
})

test('a client that resumes a queue wakes who waits for it in another', async () => {
  const { url } = await makeKitchen()
  const [person, worker] = [await open(url), await open(url)]
  await send(person, 'a')
  await worker.take({ queue: 'q', node: 'a', countMax: 1, leaseMs: 60_000 })
  let isOver = false
  const waiting = worker.wait('q', { mostMs: 60_000 }).then(() => {
    isOver = true
  })
  await sleep(QUIET_MS)
  await person.pause({ queue: 'q', isPaused: true })
  await sleep(QUIET_MS)
  await send(person, 'b')
  await sleep(QUIET_MS)
  assert.equal(isOver, false, 'what is sent to a paused queue wakes nobody')
  const sinceMs = performance.now()
  await person.pause({ queue: 'q', isPaused: false })
  await waiting
  assert.ok(performance.now() - sinceMs < TOLD_MS_MAX)
})

test('a wait for a queue that is not there yet ends with the first job of another client', async () => {
  const { url } = await makeKitchen()
  const [sender, worker] = [await open(url), await open(url)]
  const waiting = worker.wait('orders', { mostMs: 60_000 })
  await sleep(QUIET_MS)
  const sinceMs = performance.now()
  await send(sender, newJob('a', { queue: 'orders' }))
  await waiting
  assert.ok(performance.now() - sinceMs < TOLD_MS_MAX)
})
