import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { addExactly, exactTotal } from '#hob/rule/exact-sum.js'
import { keyText, sortedJson } from '#hob/rule/key-text.js'
import { numberOf } from '#hob/rule/number-of.js'

describe('a value part', () => {
  test.each<[unknown, number | bigint | null]>([
    [3, 3],
    [-0, 0],
    [2n ** 70n, 2n ** 70n],
    ['12.50', 12.5],
    [' +1e3\r\n', 1_000],
    ['.5', 0.5],
    ['5.', 5],
    ['-0', 0],
    ['0x10', null],
    ['1e999', null],
    ['', null],
    ['1 2', null],
    ['Infinity', null],
    ['1_000', null],
    ['\u00a01', null],
    [Number.NaN, null],
    [true, null],
    [null, null],
    [undefined, null],
    [{}, null],
    [[1], null],
  ])('%s is the number %s', (value, number) => {
    assert.ok(Object.is(numberOf(value), number))
  })
})

describe('a key part', () => {
  test.each<[unknown, string | null]>([
    ['Powell', 'Powell'],
    ['', ''],
    [1.5, '1.5'],
    [-0, '0'],
    [1e21, '1e+21'],
    [Number.NaN, null],
    [true, 'true'],
    [2n ** 70n, '1180591620717411303424'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), null],
    [{ b: [1, { d: 1, c: null }], a: undefined }, '{"b":[1,{"c":null,"d":1}]}'],
    [JSON.parse('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}'],
    ['a\ud800b', 'a\ufffdb'],
    [null, null],
    [undefined, null],
    [() => 1, null],
  ])('%s is the text %s', (value, text) => {
    assert.equal(keyText(value), text)
  })

  test('objects that are equal are the same text, whatever the order of their names', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse())
        assert.equal(sortedJson(turned), sortedJson(object))
        assert.deepEqual(JSON.parse(sortedJson(object)), JSON.parse(JSON.stringify(object)))
      }),
    )
  })
})

/** A double as a whole number of 2^-1074, the smallest there is. */
function scaled(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, Math.abs(value))
  const raw = bits.getBigUint64(0)
  const exponent = raw >> 52n
  const fraction = raw & (2n ** 52n - 1n)
  const size = exponent === 0n ? fraction : (fraction + 2n ** 52n) << (exponent - 1n)
  return value < 0 ? -size : size
}

/** The slow, obvious sum: rationals of bigints, rounded to the nearest double by comparing its neighbours. */
function slowTotal(whole: bigint, doubles: readonly number[]): number | bigint {
  const one = 1n << 1074n
  const sum = doubles.reduce((total, value) => total + scaled(value), whole * one)
  if (sum % one === 0n) {
    const total = sum / one
    return Number.isSafeInteger(Number(total)) ? Number(total) : total
  }
  const size = sum < 0n ? -sum : sum
  // Of the first 54 bits and whether anything follows, JavaScript makes the nearest double, the even one in the middle.
  const shift = BigInt(Math.max(0, size.toString(2).length - 60))
  const head = ((size >> shift) << 1n) | (size & ((1n << shift) - 1n) ? 1n : 0n)
  // Scaled in two steps, neither of which leaves the range of doubles but at the end.
  const exponent = Number(shift) - 1 - 1074
  const half = Math.trunc(exponent / 2)
  const number = Number(head) * 2 ** half * 2 ** (exponent - half)
  return sum < 0n ? -number : number
}

describe('a sum', () => {
  const fraction = fc.oneof(
    fc.double({ noNaN: true, min: -1, max: 1 }),
    fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    fc.double({ noNaN: true, min: -(2 ** 52), max: 2 ** 52 }),
    fc.constantFrom(0.1, 0.2, 0.3, -0.1, 0.5, 2 ** -53, 2 ** -54, 1e-300),
  )
  const whole = fc.oneof(
    fc.bigInt({ min: -9n, max: 9n }),
    fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
    fc.constantFrom(2n ** 1001n, -(2n ** 1010n) + 1n),
  )

  test('is exact and rounded once', () => {
    fc.assert(
      fc.property(whole, fc.array(fraction), (start, doubles) => {
        assert.ok(Object.is(exactTotal(start, doubles), slowTotal(start, doubles)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('does not show the order, nor the cut', () => {
    fc.assert(
      fc.property(whole, fc.array(fraction), fc.nat(), (start, doubles, at) => {
        const total = exactTotal(start, doubles)
        assert.equal(exactTotal(start, [...doubles].reverse()), total)
        const [front, back] = [doubles.slice(0, at % 10), doubles.slice(at % 10)].map((list) => {
          const parts: number[] = []
          for (const value of list) addExactly(parts, value)
          return parts
        })
        assert.equal(exactTotal(start, [...(back ?? []), ...(front ?? [])]), total)
      }),
    )
  })

  test.each<[bigint, readonly number[], number | bigint]>([
    [0n, [], 0],
    [0n, [0.1, 0.2, -0.3], 2.7755575615628914e-17],
    [0n, Array(10).fill(0.1), 1],
    [3n, [0.5, 0.5], 4],
    [2n ** 53n, [0.5, 0.5], 2n ** 53n + 1n],
    [2n ** 53n, [1, 2 ** -60], 2 ** 53 + 2],
    [2n ** 53n, [1, -(2 ** -60)], 2 ** 53],
    [0n, [1e300, 0.5, -1e300], 0.5],
    [2n ** 1024n, [0.5], Number.POSITIVE_INFINITY],
  ])('%s and %s are %s', (start, doubles, total) => {
    assert.equal(exactTotal(start, doubles), total)
  })
})
