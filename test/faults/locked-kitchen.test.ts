import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import { test } from 'vitest'
import { onFarm } from '../support/farm.js'
import { until } from '../support/until.js'

const HELD = `
echo "$1" >>begun
until [ -e go ]; do sleep 0.02; done
echo "$1" >>finished`

const LEASE_MS = 1_000

/** Locks of half a lease, with gaps in which a heartbeat gets through. */
const LOCKS = 6

test('a program that locks the kitchen for half a lease, again and again, costs no order', () =>
  onFarm(async (farm) => {
    await farm.load(['1', '2', '3', '4'])
    const waiter = farm.deliver('waiter', ['-j', '2', await farm.script('held', HELD)])
    await until('it runs two orders', async () => (await farm.lines('begun')).length === 2)
    const stranger = new Sqlite(farm.path('.hob/hob.db'), { timeout: 10_000 })
    try {
      for (let locked = 0; locked < LOCKS; locked++) {
        stranger.exec('BEGIN EXCLUSIVE')
        // Orders end, and others are asked for, while nobody can write.
        if (locked === LOCKS - 1) await farm.touch('go')
        await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 2))
        stranger.exec('ROLLBACK')
        await until('a heartbeat has just got through', () =>
          farm.look(async ({ broker }) =>
            (await broker.leases('orders')).every(({ leftMs }) => leftMs > 0.9 * LEASE_MS),
          ),
        )
      }
    } finally {
      stranger.close()
    }
    const { status, err } = await waiter.ended
    assert.equal(status, 0, err)
    assert.match(err, /^hob: 4 delivered, 0 failed in [^\n]*\n$/)
    for (const { state, attempts, crashes } of await farm.jobs()) {
      assert.deepEqual({ state, attempts, crashes }, { state: 'done', attempts: 1, crashes: 0 })
    }
    assert.equal((await farm.lines('finished')).length, 4)
  }))
