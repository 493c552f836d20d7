import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, onTestFinished, test } from 'vitest'
import { endAll, isAlive, startFixture } from '../support/running.js'
import { POSTGRES, REDIS, type ServerKind } from '../support/servers/kinds.js'
import type { Server } from '../support/servers/server.js'
import { sharedPostgresUrl, sharedRedisUrl } from '../support/servers/shared.js'
import { until } from '../support/until.js'

const WATCHDOG = fileURLToPath(new URL('../support/servers/watchdog.sh', import.meta.url))

interface Kind extends ServerKind {
  /** Adds one to a counter that is kept, and answers it. */
  count(url: string): Promise<number>
}

async function countInRedis(url: string): Promise<number> {
  const redis = new Redis(url, { retryStrategy: () => null, lazyConnect: true })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await redis.incr('counter')
  } finally {
    redis.disconnect()
  }
}

async function countInPostgres(url: string): Promise<number> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('CREATE TABLE IF NOT EXISTS counter (n int)')
    await client.query('INSERT INTO counter SELECT count(*) FROM counter')
    return (await client.query('SELECT * FROM counter')).rows.length
  } finally {
    await client.end()
  }
}

const KINDS: readonly Kind[] = [
  { ...REDIS, count: countInRedis },
  { ...POSTGRES, count: countInPostgres },
]

describe.each(KINDS)('a $name server of a test', ({ start, count }) => {
  const scratch = async (): Promise<Server> => {
    const server = await start()
    onTestFinished(() => server.dispose())
    return server
  }

  test('keeps its port and what it acknowledged through a kill and a stop', async () => {
    const server = await scratch()
    const { url } = server
    assert.equal(await count(url), 1)
    const { pids } = server
    await server.kill()
    assert.ok(!pids.some(isAlive))
    assert.ok(!server.isRunning)
    await assert.rejects(count(url), /ECONNREFUSED|closed/)
    await server.restart()
    assert.equal(await count(url), 2)
    await server.stop()
    await assert.rejects(count(url), /ECONNREFUSED|closed/)
    await server.restart()
    assert.equal(await count(url), 3)
  })

  test('answers nothing while it is paused', async () => {
    const server = await scratch()
    assert.equal(await count(server.url), 1)
    server.pause()
    const states: string[] = []
    const counted = count(server.url).then((n) => states.push(`counted ${n}`))
    await new Promise((resolve) => setTimeout(resolve, 200))
    states.push('resumed')
    server.resume()
    await counted
    assert.deepEqual(states, ['resumed', 'counted 2'])
  })

  test('can be killed and disposed while it is paused, and leaves nothing', async () => {
    const server = await scratch()
    server.pause()
    await server.kill()
    await server.restart()
    server.pause()
    const { pids } = server
    await server.dispose()
    await server.dispose()
    await until('all its processes are gone', () => !pids.some(isAlive))
    assert.ok(!existsSync(server.folder))
  })

  test('says why it does not start', () =>
    assert.rejects(start({ settings: { nonsense: '1' } }), /ended; it said:\n.*nonsense/s))
})

test('a server ends with its children, and its folder goes, when whoever started it is killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hob-watched-'))
  const owner = startFixture('watched', [WATCHDOG, folder], { cwd: folder })
  onTestFinished(endAll)
  const pids = await until('its server runs', () => owner.out.endsWith('\n') && owner.out.trim().split(' ').map(Number))
  assert.ok(pids.length === 2 && pids.every(isAlive))
  owner.kill('SIGKILL')
  await until('the server has ended', () => !pids.some(isAlive))
  await until('the folder is gone', () => !existsSync(folder))
})

test('tests share a server of each kind', async () => {
  assert.equal(await sharedRedisUrl(), await sharedRedisUrl())
  assert.ok((await countInRedis(await sharedRedisUrl())) > 0)
  assert.ok((await countInPostgres(await sharedPostgresUrl())) > 0)
})
