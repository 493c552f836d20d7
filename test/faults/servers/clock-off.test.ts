import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { keptItsWord } from '../../support/ledger.js'
import type { LoadOptions } from '../../support/load.js'
import { fixture } from '../../support/running.js'
import { KITCHEN_SERVERS } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'

const HOUR_MS = 3_600_000

const withClockOff = (ms: number): LoadOptions => ({
  env: { NODE_OPTIONS: `--require=${fixture('clock-off.cjs')}`, CLOCK_OFF_MS: `${ms}` },
})

describe.each(KITCHEN_SERVERS)('$name', ({ start }) => {
  test('senders and workers whose clocks are an hour off, either way, share a queue as if they were right', () =>
    onServer(start, async ({ farm, load }) => {
      const sinceMs = Date.now()
      for (const off of [-HOUR_MS, HOUR_MS]) {
        load.sender(withClockOff(off))
        load.worker(`off-by-${off}`, withClockOff(off))
      }
      load.worker('right')
      // Three leases and more: each of them was renewed, or its jobs would have come back.
      await load.goesOn(400)
      await load.drain()
      await keptItsWord(farm)
      const jobs = await farm.jobs()
      assert.equal(new Set(jobs.map(({ node }) => node)).size, 3)
      // A busy machine may hold up a worker for a lease now and then; clocks that counted would end them all.
      assert.ok(jobs.filter(({ crashes }) => crashes > 0).length < jobs.length / 20)
      const nowMs = Date.now()
      for (const { sentMs } of jobs) assert.ok(sentMs >= sinceMs - 60_000 && sentMs <= nowMs + 60_000)
    }))
})
