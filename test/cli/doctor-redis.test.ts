import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RedisServer } from '../support/servers/redis.js'
import { type Ended, hob, inScratchFolder } from './hob.js'

let server: RedisServer
let hand: Redis
beforeAll(async () => {
  server = await RedisServer.start({ settings: { requirepass: 'sesame' } })
  hand = new Redis(server.url)
  await inScratchFolder(async (cwd) => {
    await hob(['load', '-k', `${server.url}/farm`, '-'], { cwd, input: 'one\n' })
  })
})
afterAll(async () => {
  hand.disconnect()
  await server.dispose()
})

const doctor = async (args: readonly string[] = [], url = `${server.url}/farm`): Promise<Ended> => {
  let ended: Ended | undefined
  await inScratchFolder(async (cwd) => {
    ended = await hob(['doctor', '-k', url, ...args], { cwd })
  })
  return ended ?? assert.fail()
}

/** What the doctor says of a server with these settings; they are put back. */
async function under(settings: Readonly<Record<string, string>>): Promise<Ended> {
  const names = Object.keys(settings)
  const before = await Promise.all(names.map((name) => hand.config('GET', name) as Promise<string[]>))
  for (const [name, value] of Object.entries(settings)) await hand.config('SET', name, value)
  try {
    return await doctor()
  } finally {
    for (const [name = '', value = ''] of before.reverse()) await hand.config('SET', name, value)
  }
}

describe('hob doctor of a kitchen on Redis', () => {
  test('tells the server and what the disk has when a job is acknowledged, from nothing to all', async () => {
    const nothing = await doctor(['--deep'])
    assert.equal(nothing.status, 1)
    assert.match(nothing.out, /^ok {4}kitchen {6}redis, schema \d+, at redis:\/\/127\.0\.0\.1:\d+\/farm\n/)
    assert.match(nothing.out, /\nok {4}engine {7}Redis \d+\.\d+\.\d+\n/)
    assert.match(nothing.out, /\nBAD {3}durability {3}appendonly no, and no snapshots.*\n {19}Set appendonly yes/)
    assert.match(nothing.out, /\n\nAn acknowledged job survives until the server stops, and no longer\.\n$/)
    assert.doesNotMatch(nothing.out, /sesame/)

    const snapshots = await under({ save: '3600 1' })
    assert.match(
      snapshots.out,
      /\nBAD {3}durability .* only snapshots reach the disk, the last one \S+ ago, \d+ changes/,
    )

    const everysec = await under({ appendonly: 'yes', appendfsync: 'everysec' })
    assert.match(everysec.out, /\nnote {2}durability .* appendfsync everysec/)
    assert.match(everysec.out, /may take the last second or two\.\n$/)
    assert.equal(everysec.status, 0)

    const always = await under({ appendonly: 'yes', appendfsync: 'always' })
    assert.match(always.out, /\nok {4}durability .* appendfsync always/)
    assert.match(always.out, /survives a crash of the server, and a power cut\.\n$/)
    assert.equal(always.status, 0)
  })

  test('warns of eviction before it can happen; where it can, the kitchen is refused, with the cure', async () => {
    const armed = await under({ appendonly: 'yes', 'maxmemory-policy': 'allkeys-lru' })
    assert.match(armed.out, /\nnote {2}eviction .*allkeys-lru.*\n {19}CONFIG SET maxmemory-policy noeviction/)
    const evicting = await under({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' })
    assert.deepEqual([evicting.status, evicting.out], [3, ''])
    assert.match(evicting.err, /^hob: redis:.* would drop jobs .*allkeys-lru\)\n.*noeviction/)
    const harmless = await under({ maxmemory: '100mb', 'maxmemory-policy': 'volatile-lru' })
    assert.match(harmless.out, /\nok {4}eviction .*volatile-lru/)
  })

  test('says when memory runs out', async () => {
    const { out, status } = await under({ appendonly: 'yes', maxmemory: '1mb' })
    assert.match(out, /\nBAD {3}memory .* of the 1 MiB of maxmemory\n/)
    assert.equal(status, 1)
  })

  test('is an error in one line where there is no kitchen, and where the password is wrong; it shows none', async () => {
    const [missing, denied] = [
      await doctor([], `${server.url}/elsewhere`),
      await doctor([], `redis://:secret@${server.host}:${server.port}/farm`),
    ]
    assert.match(missing.err, /^hob: there is no kitchen at redis:\/\/127\.0\.0\.1:\d+\/elsewhere\n[^\n]+\n$/)
    assert.match(denied.err, /^hob: wrong user or password for redis:\/\/127\.0\.0\.1:\d+\/farm\n[^\n]+\n$/)
    assert.deepEqual([missing.status, denied.status], [3, 3])
    assert.doesNotMatch(missing.err + denied.err, /sesame|secret/)
    assert.equal(await hand.exists('{hob:elsewhere}'), 0)
  })
})
