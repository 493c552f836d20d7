import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { exactDuration, formatDuration, parseDurationMs } from '#hob/core/duration.js'
import { ArgumentError } from '#hob/core/errors.js'

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['1.5', 1_500],
    ['0', 0],
    ['0.0004s', 0],
  ])('%s is %d milliseconds', (text, ms) => {
    assert.equal(parseDurationMs(text), ms)
  })

  test.each(['', ' ', 's', '5 m', '-5s', '5x', '1h30', '1e3', '.5s', '1,5s', '5S', '1h 30m', '0x10', 'Infinity'])(
    "'%s' is none",
    (text) => {
      assert.throws(
        () => parseDurationMs(text),
        (error) => error instanceof ArgumentError && error.hint !== undefined,
      )
    },
  )

  test.each([
    [0, '0.0s'],
    [400, '0.4s'],
    [9_900, '9.9s'],
    [12_000, '12s'],
    [12_400, '12s'],
    [59_900, '1m 0s'],
    [200_000, '3m 20s'],
    [7_500_000, '2h 5m'],
    [273_600_000, '3d 4h'],
  ])('%d milliseconds are written %s', (ms, text) => {
    assert.equal(formatDuration(ms), text)
  })

  test.each([
    [0, '0ms'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [604_800_000, '7d'],
  ])('%d milliseconds are exactly %s', (ms, text) => {
    assert.equal(exactDuration(ms), text)
    assert.equal(parseDurationMs(text), ms)
  })
})
