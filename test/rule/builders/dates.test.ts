import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { chain, day, fromEpoch, hour, isoDate, month, slice, weekday, year } from '#hob/index.js'
import { faultOf } from './fault.js'

const partsOf = (value: unknown) => [isoDate(value), weekday(value), hour(value)]

describe('parts of dates', () => {
  test('come of texts of ISO 8601', () => {
    const text = '2026-11-22T13:48:46.123456789Z'
    assert.deepEqual(
      [year, month, day, weekday, hour, isoDate].map((part) => part(text)),
      [2026, 11, 22, 7, 13, '2026-11-22'],
    )
    for (const same of [
      ...[
        '2026-11-22 13:48',
        '2026-11-22t13:48z',
        '20261122T134846',
        '20261122T13:48:46Z',
        '2026-11-22 13:48:46,5 UTC',
      ],
      ...['2026-11-22T13:48+00:00', '2026-11-22 13:48:46 +0000', ' 2026-11-22 13\u003a48-00\n', new Date(text)],
    ]) {
      assert.deepEqual(partsOf(same), ['2026-11-22', 7, 13], String(same))
    }
    assert.deepEqual(['2026-11-22', '20261122', 20261122].map(partsOf), Array(3).fill(['2026-11-22', 7, 0]))
  })

  test('are those of UTC', () => {
    assert.deepEqual(partsOf('2026-01-01T00:30:00+02:00'), ['2025-12-31', 3, 22])
    assert.deepEqual(partsOf('2026-12-31T23:30-0045'), ['2027-01-01', 5, 0])
    assert.deepEqual(partsOf('2024-02-28T20:00-05'), ['2024-02-29', 4, 1])
    assert.deepEqual(
      [year, month, day].map((part) => part('2027-01-01T05:44+05:45')),
      [2026, 12, 31],
    )
  })

  test('know leap years, and years that Date takes for others', () => {
    assert.deepEqual(['2024-02-29', '2000-02-29', '0000-02-29'].map(isoDate), [
      '2024-02-29',
      '2000-02-29',
      '0000-02-29',
    ])
    assert.deepEqual(['2026-02-29', '1900-02-29', '2026-02-30', '2026-04-31'].map(isoDate), [null, null, null, null])
    assert.deepEqual([year('0026-03-01'), year('0000-01-01'), year('9999-12-31')], [26, 0, 9999])
    assert.deepEqual([year('0000-01-01T00:00+01:00'), year('9999-12-31T23:59:59-01:00')], [null, null])
  })

  test('are null where there is no date', () => {
    for (const none of [
      ...[null, undefined, '', ' ', 'today', 1763822931, 1763822931123, '1763822931', Number.NaN, true, [], {}],
      ...[
        '2026-11',
        '2026',
        '2026-1-2',
        '2026-1122',
        '202611-22',
        '22.11.2026',
        '11/22/2026',
        '2026-11-22x',
        'x2026-11-22',
      ],
      ...['2026-00-01', '2026-13-01', '2026-01-00', '2026-11-22T24:00', '2026-11-22T12:60', '2026-11-22T12:00:60'],
      ...['2026-11-22T12', '2026-11-22T12:00+24:00', '2026-11-22T12:00+02:60', '2026-11-22+02:00', '2026-11-22Z'],
      ...['+012026-11-22', '-002026-11-22', '２０２６-11-22', '2026-11-22T12:00 CET', new Date(Number.NaN)],
      '2026-11-22'.repeat(100_000),
    ]) {
      for (const part of [year, month, day, weekday, hour, isoDate])
        assert.equal(part(none), null, String(none).slice(0, 40))
    }
  })

  test('agree with Date about each moment that it prints', () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const text = date.toISOString()
          assert.deepEqual(
            [year(text), month(text), day(text), hour(text)],
            [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours()],
          )
          assert.equal(weekday(text), date.getUTCDay() === 0 ? 7 : date.getUTCDay())
          assert.equal(isoDate(text), text.slice(0, 10))
        },
      ),
    ))
})

describe('fromEpoch', () => {
  test('makes texts of seconds and milliseconds since 1970', () => {
    const seconds = fromEpoch('s')
    assert.deepEqual([0, '1763822931', 4.35, -0.5, '1e9'].map(seconds), [
      '1970-01-01T00:00:00.000Z',
      '2025-11-22T14:48:51.000Z',
      '1970-01-01T00:00:04.350Z',
      '1969-12-31T23:59:59.500Z',
      '2001-09-09T01:46:40.000Z',
    ])
    assert.deepEqual([1763822931123, 1763822931123n, '0.9'].map(fromEpoch('ms')), [
      '2025-11-22T14:48:51.123Z',
      '2025-11-22T14:48:51.123Z',
      '1970-01-01T00:00:00.000Z',
    ])
    assert.equal(chain(fromEpoch('s'), isoDate, slice(0, 7))('1763822931'), '2025-11')
  })

  test('gives null for what is no number, and beyond the years of four digits', () => {
    assert.deepEqual(
      [null, '', 'x', '2026-11-22', 1e300, 253402300800, -62167219201].map(fromEpoch('s')),
      Array(7).fill(null),
    )
    assert.equal(fromEpoch('ms')(253402300799999), '9999-12-31T23:59:59.999Z')
    assert.match(
      faultOf(() => fromEpoch('us' as never)),
      /^fromEpoch\(\): unit is "us": it must be one of s, ms/,
    )
    assert.match(
      faultOf(() => fromEpoch(undefined as never)),
      /unit is missing/,
    )
  })
})
