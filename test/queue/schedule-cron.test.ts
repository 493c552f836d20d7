import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { ArgumentError } from '#hob/core/errors.js'
import { cronPlan } from '#hob/queue/cron.js'
import { zoneNamed } from '#hob/queue/schedule-zone.js'

/** The next ticks after a moment, as `MM-DD hh:mm` of UTC. */
async function ticks(line: string, zone: string, after: string, count: number): Promise<readonly string[]> {
  const plan = await cronPlan(line, zone)
  const found: string[] = []
  let at: number | null = Date.parse(after)
  for (let index = 0; index < count && at !== null; index++) {
    at = plan.next(at)
    if (at !== null) found.push(new Date(at).toISOString().slice(5, 16).replace('T', ' '))
  }
  return found
}

// Berlin goes from 02:00 to 03:00 at 01:00 UTC on 29 March 2026, and from 03:00 back to 02:00 at 01:00 UTC on 25 October.
// New York goes from 02:00 to 03:00 at 07:00 UTC on 8 March 2026, and from 02:00 back to 01:00 at 06:00 UTC on 1 November.

describe('where clocks are set forward', () => {
  test('a time that does not exist ticks once, at the moment of the change', async () => {
    assert.deepEqual(await ticks('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00Z', 4), [
      '03-28 01:30',
      '03-29 01:00',
      '03-30 00:30',
      '03-31 00:30',
    ])
    assert.deepEqual(await ticks('30 2 * * *', 'America/New_York', '2026-03-06T12:00Z', 3), [
      '03-07 07:30',
      '03-08 07:00',
      '03-09 06:30',
    ])
  })

  test('several times that do not exist tick once together, also with one that is at the change', async () => {
    assert.deepEqual(await ticks('*/15 2,3 * * *', 'Europe/Berlin', '2026-03-29T00:30Z', 5), [
      '03-29 01:00',
      '03-29 01:15',
      '03-29 01:30',
      '03-29 01:45',
      '03-30 00:00',
    ])
    assert.deepEqual(await ticks('0 */2 * * *', 'America/New_York', '2026-03-08T04:30Z', 4), [
      '03-08 05:00',
      '03-08 07:00',
      '03-08 08:00',
      '03-08 10:00',
    ])
  })

  test('a line of every hour ticks as time passes', async () => {
    const through = ['00:45', '01:00', '01:15', '01:30'].map((time) => `03-29 ${time}`)
    assert.deepEqual(await ticks('*/15 * * * *', 'Europe/Berlin', '2026-03-29T00:30Z', 4), through)
    const hours = ['06:10', '07:10', '08:10'].map((time) => `03-08 ${time}`)
    assert.deepEqual(await ticks('10 * * * *', 'America/New_York', '2026-03-08T05:30Z', 3), hours)
  })

  test('at midnight, where a day begins at one', async () => {
    assert.deepEqual(await ticks('@daily', 'Africa/Cairo', '2026-04-22T12:00Z', 3), [
      '04-22 22:00',
      '04-23 22:00',
      '04-24 21:00',
    ])
  })
})

describe('where clocks are set back', () => {
  test('a time that comes twice ticks the first time', async () => {
    assert.deepEqual(await ticks('30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00Z', 3), [
      '10-24 00:30',
      '10-25 00:30',
      '10-26 01:30',
    ])
    assert.deepEqual(await ticks('30 1 * * *', 'America/New_York', '2026-10-30T12:00Z', 3), [
      '10-31 05:30',
      '11-01 05:30',
      '11-02 06:30',
    ])
  })

  test('one asked for in the second hour does not tick again in it', async () => {
    assert.deepEqual(await ticks('*/15 2,3 * * *', 'Europe/Berlin', '2026-10-25T01:05Z', 2), [
      '10-25 02:00',
      '10-25 02:15',
    ])
    assert.deepEqual(await ticks('0 */2 * * *', 'Europe/Berlin', '2026-10-24T21:30Z', 3), [
      '10-24 22:00',
      '10-25 00:00',
      '10-25 03:00',
    ])
  })

  test('a line of every hour ticks as time passes, in both', async () => {
    const half = ['23:30', '00:00', '00:30', '01:00', '01:30', '02:00']
    assert.deepEqual(
      (await ticks('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:00Z', 6)).map((time) => time.slice(6)),
      half,
    )
    const hours = ['05:00', '06:00', '07:00'].map((time) => `11-01 ${time}`)
    assert.deepEqual(await ticks('@hourly', 'America/New_York', '2026-11-01T04:30Z', 3), hours)
  })
})

test('seconds may stand in front', async () => {
  const plan = await cronPlan('*/20 59 23 31 12 *', 'UTC')
  const first = plan.next(Date.parse('2026-01-01T00:00Z'))
  assert.equal(new Date(first ?? 0).toISOString(), '2026-12-31T23:59:00.000Z')
  assert.equal(new Date(plan.next(first ?? 0) ?? 0).toISOString(), '2026-12-31T23:59:20.000Z')
})

test('a moment between two seconds is no other than the second that it is in', async () => {
  const plan = await cronPlan('* * * * * *', 'Europe/Berlin')
  assert.equal(plan.next(1_700_000_000_999), 1_700_000_001_000)
  assert.equal((await cronPlan('* 0-23 * * *', 'Europe/Berlin')).next(1_700_000_039_999), 1_700_000_040_000)
})

test('ticks rise, and are never left out, whatever moment one asks from', async () => {
  const plans = await Promise.all(
    ['30 2 * * *', '*/20 1-3 * * *', '0 */3 * * *', '7 * * * *'].flatMap((line) =>
      ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map((zone) => cronPlan(line, zone)),
    ),
  )
  const yearMs = 365 * 86_400_000
  fc.assert(
    fc.property(
      fc.constantFrom(...plans),
      fc.integer({ min: 0, max: yearMs }),
      fc.integer({ min: 0, max: 86_400_000 }),
      (plan, inMs, moreMs) => {
        const fromMs = Date.parse('2026-01-01T00:00Z') + inMs
        const next = plan.next(fromMs) ?? 0
        assert.ok(next > fromMs)
        const later = plan.next(fromMs + moreMs) ?? 0
        assert.ok(later >= next)
        if (fromMs + moreMs < next) assert.equal(later, next)
      },
    ),
    { numRuns: 300 },
  )
})

describe('a line that makes no sense is told', () => {
  const refused = (line: string, message: RegExp, hint: RegExp) =>
    assert.rejects(cronPlan(line, 'UTC'), (error) => {
      assert.ok(error instanceof ArgumentError)
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
      return true
    })

  test('with the field that is wrong, and what it may be', async () => {
    await refused('60 * * * *', /^cron line '60 \* \* \* \*': its minute cannot be '60'$/, /minute is \* or 0 to 59/)
    await refused('0 24 * * *', /its hour cannot be '24'/, /0 to 23/)
    await refused('0 0 32 * *', /its day of the month cannot be '32'/, /1 to 31/)
    await refused('0 0 1 13 *', /its month cannot be '13'/, /JAN to DEC/)
    await refused('0 0 * * MOO', /its day of the week cannot be 'MOO'/, /SUN to SAT/)
    await refused('x 0 0 * * *', /its second cannot be 'x'/, /0 to 59/)
    await refused('5/15 * * * *', /its minute cannot be '5\/15'/, /\*\/5/)
  })

  test('with how many fields it has', async () => {
    await refused('', /^cron line '' has 0 fields$/, /needs five/)
    await refused('* * *', /has 3 fields/, /needs five/)
    await refused('* * * * * * *', /has 7 fields/, /or six/)
    await refused('2026-01-01T00:00:00Z', /has 1 fields/, /needs five/)
  })

  test('with the nicknames that there are', () => refused('@reboot', /@reboot/, /@daily/))

  test('with the zone that was meant', async () => {
    const zone = (name: string, hint: RegExp) =>
      assert.rejects(cronPlan('0 0 * * *', name), (error) => {
        assert.ok(error instanceof ArgumentError)
        assert.equal(error.message, `there is no time zone '${name}'`)
        assert.match(error.hint ?? '', hint)
        return true
      })
    await zone('Europe/Berlyn', /^Did you mean Europe\/Berlin\?$/)
    await zone('berlin', /^Did you mean Europe\/Berlin\?$/)
    await zone('New York', /^Did you mean America\/New_York\?$/)
    await zone('+02:00', /names like/)
    await zone('', /names like/)
  })
})

test('a line that never comes has no next tick', async () => {
  for (const line of ['0 0 30 2 *', '0 0 31 4,6 *', '0 5 30 2 *']) {
    assert.equal((await cronPlan(line, 'Europe/Berlin')).next(1_700_000_000_000), null)
  }
})

test('every tick of two years is the one that a walk over all minutes finds', async () => {
  // The rule once more, the slow way: by what the clocks show at each minute.
  for (const name of ['Europe/Berlin', 'America/New_York']) {
    const plan = await cronPlan('40 * * * *', name)
    const shown = new Intl.DateTimeFormat('en', { timeZone: name, minute: 'numeric' })
    let at = Date.parse('2026-01-01T00:00Z')
    const isTick = (ms: number): boolean => shown.format(ms) === '40'
    for (let minute = at; minute < Date.parse('2027-12-31T00:00Z'); minute += 600_000) {
      if (!isTick(minute) || minute <= at) continue
      assert.equal(plan.next(at), minute)
      at = minute
    }
  }
})

test('wall times and moments go back and forth', () => {
  const zone = zoneNamed('Asia/Kathmandu')
  const at = Date.parse('2026-05-05T05:05:05Z')
  assert.equal(zone.wallMs(at + 999), Date.parse('2026-05-05T10:50:05Z'))
  assert.equal(zone.instantMs(zone.wallMs(at)), at)
})
