import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { test } from 'vitest'
import { openBroker } from '#hob/engines.js'
import { openKitchen } from '#hob/index.js'
import { RedisServer } from '../support/servers/redis.js'
import { until } from '../support/until.js'

const SECONDS = 30

test('a process that waits for work in five queues asks its server once in five seconds, and not for records that it watches', async () => {
  const server = await RedisServer.start()
  try {
    const kitchen = await openKitchen(`${server.url}/idle`)
    const workers = ['a', 'b', 'c', 'd', 'e'].map((name) => kitchen.queue(name).work(async () => {}))
    await until('all are ready', () => workers.every(({ isReady }) => isReady))
    const broker = await openBroker(`${server.url}/idle`)
    let calls = 0
    broker.watch('color', () => {
      calls += 1
    })
    const watcher = new Redis(server.url)
    const asked = async (): Promise<number> => {
      const calls = (await watcher.info('commandstats')).match(/^cmdstat_eval(sha)?:calls=(\d+)/gm) ?? []
      return calls.map((line) => Number(/\d+$/.exec(line)?.[0])).reduce((sum, count) => sum + count, 0)
    }
    // What follows from the start is over by then.
    await sleep(3_000)
    const before = await asked()
    assert.ok(before > 0)
    await sleep(SECONDS * 1_000)
    const count = (await asked()) - before
    assert.ok(count >= 1, 'it looks now and then, in case a wakeup was lost')
    // One more than the mean, as the first and the last second fall.
    assert.ok(count <= SECONDS / 5 + 1, `${count} round trips`)
    assert.equal(calls, 1)
    await broker.close()
    await watcher.quit()
    await Promise.all(workers.map((worker) => worker.stop()))
    await kitchen.close()
  } finally {
    await server.dispose()
  }
}, 60_000)
