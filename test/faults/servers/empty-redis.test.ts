import assert from 'node:assert/strict'
import { test } from 'vitest'
import { openKitchen } from '#hob/index.js'
import { hob } from '../../cli/hob.js'
import { onServer } from '../../support/servers/on-server.js'
import { RedisServer } from '../../support/servers/redis.js'

const GONE = { name: 'KitchenError', code: 'missing', hint: /came back empty/ }

test('a Redis that was restarted empty is told as such, and no success is invented', () =>
  onServer(RedisServer.start, async ({ server, farm }) => {
    const kitchen = await openKitchen(server.url)
    const queue = kitchen.queue('q')
    await queue.send('a job')
    let [begin, finish] = [() => {}, () => {}]
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const handled = new Promise<void>((resolve) => {
      finish = resolve
    })
    const worker = queue.work(
      async () => {
        begin()
        await handled
      },
      { leaseMs: 1_000, name: 'worker' },
    )
    const ended = assert.rejects(worker.finished, GONE)
    await begun
    await server.kill()
    await server.restart()

    const { status, err } = await hob(['status', '-k', server.url], { cwd: farm.folder })
    assert.equal(status, 3)
    assert.match(err, /^hob: there is no kitchen at .*\n.*\n$/)
    finish()
    await ended
    await assert.rejects(queue.send('another'), GONE)
    // Nor does it take the next kitchen for its own, which numbers its jobs anew.
    const next = await openKitchen(server.url)
    await next.queue('q').send('of the next')
    await assert.rejects(queue.send('another'), GONE)
    await assert.rejects(kitchen.broker.take({ queue: 'q', node: 'worker', countMax: 1, leaseMs: 1_000 }), GONE)
    assert.deepEqual(
      (await next.broker.queues()).map(({ counts }) => counts.ready),
      [1],
    )
    await next.close()
    await kitchen.close()
  }))
