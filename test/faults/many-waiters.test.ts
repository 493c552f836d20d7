import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { onFarm } from '../support/farm.js'
import { until } from '../support/until.js'

const ORDERS = 1_000

/** Waits for `go` with its first order, so that every waiter is there before the crowd begins. */
const COMMAND = `
[ -e go ] || until [ -e go ]; do sleep 0.1; done
echo "$WAITER $HOB_ORDER_ID" >>finished`

describe.each([2, 8, 32])('%i waiters at once on one kitchen', (count) => {
  test('all get work, nobody hears of a lock, and each order is done once', () =>
    onFarm(async (farm) => {
      await farm.load(Array.from({ length: ORDERS }, (_, at) => `${at}`))
      const script = await farm.script('command', COMMAND)
      // Long leases: this test is not about a machine that is too busy for thirty-two programs.
      const waiters = Array.from({ length: count }, (_, at) => farm.deliver(`waiter-${at}`, ['--lease', '30s', script]))
      await until(
        'each of them runs an order',
        () => farm.look(async ({ broker }) => (await broker.leases('orders')).length === count),
        { mostMs: 60_000 },
      )
      await farm.touch('go')
      for (const { status, err } of await Promise.all(waiters.map(({ ended }) => ended))) {
        assert.equal(status, 0, err)
        // The account at its end, and not a word before it.
        assert.match(err, /^hob: [\d,]+ delivered, 0 failed in [^\n]*\n$/)
      }

      const finished = (await farm.lines('finished')).map((line) => line.split(' '))
      assert.equal(new Set(finished.map(([waiter]) => waiter)).size, count)
      assert.equal(finished.length, ORDERS)
      assert.equal(new Set(finished.map(([, id]) => id)).size, ORDERS)
      for (const { state, attempts, crashes } of await farm.jobs()) {
        assert.deepEqual({ state, attempts, crashes }, { state: 'done', attempts: 1, crashes: 0 })
      }
    }))
})
