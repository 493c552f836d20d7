import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { dueOf } from '#hob/rule/daemon/due.js'
import type { RuleOptions } from '#hob/rule/rule.js'

/** A moment on this machine's clock face; 2026-03-10 is a Tuesday. */
const at = (text: string): number => new Date(text).getTime()

const NOW = at('2026-03-10T12:00')

const dueAt = async (options: Partial<RuleOptions>, last: string | null, now = NOW, sinceMs = now) =>
  dueOf(options, { lastStartedMs: last === null ? null : at(last) }, { nowMs: now, sinceMs })

/** `due`, or when it will be. */
async function tell(options: Partial<RuleOptions>, last: string | null, now?: string): Promise<string> {
  const { isDue, atMs } = await dueAt(options, last, now === undefined ? NOW : at(now))
  return isDue ? 'due' : atMs === null ? 'never' : shown(atMs)
}

const shown = (ms: number): string => {
  const date = new Date(ms)
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

describe('spans', () => {
  test.each([
    [{}, null, 'due'],
    [{}, '2026-03-10T11:55', 'due'],
    [{}, '2026-03-10T11:56', '2026-03-10T12:01'],
    [{ timeDelta: { minutes: 5 } }, '2026-03-10T11:59', '2026-03-10T12:04'],
    [{ timeDelta: { hours: 1, minutes: 30 } }, '2026-03-10T11:00', '2026-03-10T12:30'],
    [{ timeDelta: { weeks: 1, days: 1 } }, '2026-03-09T12:00', '2026-03-17T12:00'],
    [{ timeDelta: { seconds: 0 } }, '2026-03-10T12:00', 'due'],
  ])('%j after %s', async (options, last, expected) => assert.equal(await tell(options, last), expected))
})

describe('oclock', () => {
  test.each([
    ['02:30', null, 'due'],
    ['14:00', null, '2026-03-10T14:00'],
    ['02:30', '2026-03-10T02:29', 'due'],
    ['02:30', '2026-03-10T02:30', '2026-03-11T02:30'],
    ['2:30', '2026-03-10T11:00', '2026-03-11T02:30'],
    // Yesterday was missed.
    ['14:00', '2026-03-09T13:59', 'due'],
    ['14:00', '2026-03-09T14:01', '2026-03-10T14:00'],
  ])('%s after %s', async (oclock, last, expected) =>
    assert.equal(await tell({ timeDelta: { oclock } }, last), expected),
  )
})

describe('weekday', () => {
  test.each([
    [{ weekday: 'tuesday' }, null, '2026-03-10T12:00', 'due'],
    [{ weekday: 2, oclock: '11:00' }, '2026-03-03T12:00', '2026-03-10T12:00', 'due'],
    [{ weekday: 2, oclock: '11:00' }, '2026-03-10T11:30', '2026-03-10T12:00', '2026-03-17T11:00'],
    [{ weekday: 'Tue', oclock: '13:00' }, null, '2026-03-10T12:00', '2026-03-10T13:00'],
    [{ weekday: 0 }, null, '2026-03-10T12:00', '2026-03-15T00:00'],
    [{ weekday: 7 }, null, '2026-03-10T12:00', '2026-03-15T00:00'],
    // The day is over.
    [{ weekday: 'monday' }, '2026-03-02T01:00', '2026-03-10T00:30', '2026-03-16T00:00'],
  ])('%j after %s at %s', async (timeDelta, last, now, expected) =>
    assert.equal(await tell({ timeDelta }, last, now), expected),
  )
})

describe('cron', () => {
  const cron = { cron: '30 2 * * *', zone: 'Europe/Berlin' }
  const tick = Date.UTC(2026, 2, 10, 1, 30)

  test('once for a tick, missed or not', async () => {
    const before = new Date(tick - 86_400_000 - 1).toISOString()
    assert.deepEqual(await dueAt(cron, before, tick + 60_000), { isDue: true, atMs: tick - 86_400_000 })
    const after = new Date(tick).toISOString()
    assert.deepEqual(await dueAt(cron, after, tick + 60_000), { isDue: false, atMs: tick + 86_400_000 })
  })

  test('one that never ran waits for the first tick since somebody looks', async () => {
    assert.deepEqual(await dueAt(cron, null, tick + 1), { isDue: false, atMs: tick + 86_400_000 })
    assert.deepEqual(await dueAt(cron, null, tick + 1, tick - 1), { isDue: true, atMs: tick })
  })

  test('a line that never comes', async () => assert.equal(await tell({ cron: '0 0 30 2 *' }, null), 'never'))
})
