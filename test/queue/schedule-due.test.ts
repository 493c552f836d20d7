import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { cronPlan } from '#hob/queue/cron.js'
import type { Missed } from '#hob/queue/schedule.js'
import { dueTicks, GIVEN_MAX, LATE_MS } from '#hob/queue/schedule-due.js'
import type { TickPlan } from '#hob/queue/schedule-plan.js'

const everyMs = (ms: number): TickPlan => ({ everyMs: ms, next: (after) => (Math.floor(after / ms) + 1) * ms })

const due = (plan: TickPlan, firstMs: number, nowMs: number, missed: Missed, givenMax = GIVEN_MAX) =>
  dueTicks(plan, { firstMs, nowMs, missed, givenMax })

describe('ticks that are due', () => {
  test('on time: one, whatever becomes of missed ones', () => {
    for (const missed of ['skip', 'once', 'all'] as const) {
      const expected = { given: [100_000], missedCount: 0, isCounted: true, nextMs: 200_000 }
      assert.deepEqual(due(everyMs(100_000), 100_000, 100_020, missed), expected)
      assert.deepEqual(due(everyMs(100_000), 100_000, 100_000 + LATE_MS, missed), expected)
    }
  })

  test('a single one that is later than a minute was missed', () => {
    const nowMs = 100_001 + LATE_MS
    assert.deepEqual(due(everyMs(100_000), 100_000, nowMs, 'skip').given, [])
    assert.equal(due(everyMs(100_000), 100_000, nowMs, 'skip').missedCount, 1)
    assert.deepEqual(due(everyMs(100_000), 100_000, nowMs, 'once').given, [100_000])
  })

  test('several: the last, or all', () => {
    assert.deepEqual(due(everyMs(1_000), 1_000, 3_500, 'skip'), {
      given: [3_000],
      missedCount: 2,
      isCounted: true,
      nextMs: 4_000,
    })
    assert.deepEqual(due(everyMs(1_000), 1_000, 3_500, 'once').given, [3_000])
    assert.deepEqual(due(everyMs(1_000), 1_000, 3_500, 'all'), {
      given: [1_000, 2_000, 3_000],
      missedCount: 0,
      isCounted: true,
      nextMs: 4_000,
    })
  })

  test('more than the bound: the newest, and the rest is told', () => {
    const { given, missedCount, isCounted, nextMs } = due(everyMs(1_000), 1_000, 1_000_000_500, 'all')
    assert.ok(given.length > 0 && given.length <= GIVEN_MAX)
    assert.equal(given.at(-1), 1_000_000_000)
    assert.deepEqual(
      given,
      [...given].sort((a, b) => a - b),
    )
    assert.deepEqual(
      { missedCount, isCounted, nextMs },
      { missedCount: GIVEN_MAX + 1 - given.length, isCounted: false, nextMs: 1_000_001_000 },
    )
    assert.deepEqual(due(everyMs(1_000), 1_000, 500_000, 'all', 3).given, [498_000, 499_000, 500_000])
  })

  test('a year of a line that ticks in one hour of the day does not hold up the process', async () => {
    const plan = await cronPlan('* * 2 * * *', 'Europe/Berlin')
    const firstMs = plan.next(Date.parse('2025-01-01T00:00Z')) ?? 0
    const startedMs = performance.now()
    const { given } = due(plan, firstMs, Date.parse('2026-01-01T09:00Z'), 'once')
    assert.deepEqual(given, [Date.parse('2026-01-01T01:59:59Z')])
    // Loosely: to walk over all of them takes a minute.
    assert.ok(performance.now() - startedMs < 10_000)
  })
})
