import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { exponential, fixed, linear, waitMs } from '#hob/core/backoff.js'
import { ArgumentError } from '#hob/core/errors.js'

const HOUR_MS = 3_600_000

describe('a backoff', () => {
  test('waits the same, in steps, or twice as long each time', () => {
    const waits = (backoff: ReturnType<typeof fixed>): number[] => [1, 2, 3, 4].map((n) => waitMs(backoff, n, 0))
    assert.deepEqual(waits(fixed({ firstMs: 500 })), [500, 500, 500, 500])
    assert.deepEqual(waits(linear({ firstMs: 500 })), [500, 1_000, 1_500, 2_000])
    assert.deepEqual(waits(exponential({ firstMs: 500 })), [500, 1_000, 2_000, 4_000])
  })

  test('waits a second at first and an hour at most, unless told otherwise', () => {
    for (const backoff of [fixed(), linear(), exponential()]) assert.equal(waitMs(backoff, 1, 0), 1_000)
    for (const backoff of [linear(), exponential()]) assert.equal(waitMs(backoff, 1_000_000, 0), HOUR_MS)
    assert.equal(waitMs(exponential({ mostMs: 3_000 }), 3, 0), 3_000)
  })

  test('draws its jitter from the wait after the cut', () => {
    const backoff = exponential({ firstMs: 1_000, mostMs: 4_000, jitter: 0.5 })
    assert.equal(waitMs(backoff, 10, 0), 4_000)
    assert.equal(waitMs(backoff, 10, 0.5), 3_000)
    assert.equal(waitMs(fixed({ jitter: 0 }), 1, 0.999), 1_000)
  })

  test('never leaves its bounds, and is a whole number, after any number of failures', () => {
    const options = fc.record({
      firstMs: fc.nat(HOUR_MS),
      mostMs: fc.nat(HOUR_MS),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    const kind = fc.constantFrom(fixed, linear, exponential)
    fc.assert(
      fc.property(kind, options, fc.integer({ min: 1, max: 1e9 }), random, (make, given, failures, drawn) => {
        const backoff = make(given)
        const fullMs = waitMs(backoff, failures, 0)
        const ms = waitMs(backoff, failures, drawn)
        assert.ok(Number.isSafeInteger(ms))
        assert.ok(ms <= fullMs && fullMs <= given.mostMs)
        assert.ok(ms >= Math.floor(fullMs * (1 - given.jitter)))
      }),
    )
  })

  test('refuses what is no wait', () => {
    for (const bad of [{ firstMs: -1 }, { mostMs: -1 }, { jitter: 1.1 }, { jitter: -0.1 }, { firstMs: Number.NaN }]) {
      assert.throws(() => exponential(bad), ArgumentError)
    }
  })
})

describe("a backoff of the user's own", () => {
  test('says how long, in whole milliseconds', () => {
    assert.deepEqual(
      [1, 2, 3].map((failures) => waitMs((n) => n * 10.4, failures, 0.9)),
      [10, 21, 31],
    )
  })

  test('waits 30 days at most', () => {
    assert.equal(
      waitMs(() => Number.POSITIVE_INFINITY, 1, 0),
      30 * 24 * HOUR_MS,
    )
  })

  test('that makes no sense waits as the exponential one', () => {
    const mistakes = [
      () => Number.NaN,
      () => -1,
      () => '5' as unknown as number,
      () => {
        throw new Error('a mistake')
      },
    ]
    for (const mistake of mistakes) assert.equal(waitMs(mistake, 3, 0), 4_000)
  })
})
