import assert from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { doublesOf, exactTotal } from '#hob/rule/exact-sum.js'
import {
  FRACTION,
  fractionsOf,
  isFixed,
  nearestDouble,
  restPart,
  wholePart,
  wholesIn,
} from '#hob/rule/result/fixed-sum.js'
import { type Kitchenette, openDuck } from '../support/rule/result.js'
import { doubles, runsOf } from './arbitraries.js'

let kitchenette: Kitchenette

beforeAll(async () => {
  kitchenette = await openDuck()
})
afterAll(() => kitchenette.close())

const ONE = 2n ** 74n

interface Sum {
  readonly whole: bigint
  readonly fractions: bigint
}

/** What the SQL makes of sums: their whole part, what is above it, and the nearest double. */
async function madeOf(sums: readonly Sum[]): Promise<readonly (readonly unknown[])[]> {
  const rows = sums.map(
    ({ whole, fractions }, at) => `(${at}, '${whole}'::VARCHAR::HUGEINT, '${fractions}'::VARCHAR::HUGEINT)`,
  )
  const parts = { whole: 'i', fractions: 'x' }
  return kitchenette.duck.all(`SELECT w, r, ${nearestDouble('w', 'r')} FROM (
    SELECT id, ${wholePart(parts)} AS w, ${restPart(parts)} AS r FROM (VALUES ${rows.join(', ')}) AS t(id, i, x)) ORDER BY id`)
}

async function check(sums: readonly Sum[]): Promise<void> {
  const made = await madeOf(sums)
  for (const [at, { whole, fractions }] of sums.entries()) {
    const rest = BigInt.asUintN(74, fractions)
    const expected = [whole + (fractions - rest) / ONE, rest, Number(exactTotal(whole, doublesOf(fractions, FRACTION)))]
    assert.deepEqual(made[at], expected, `${whole} and ${fractions}`)
  }
}

/** Numbers of all sizes, and those around powers of two, where digits end. */
const around = (bits: number): fc.Arbitrary<bigint> => {
  const near = fc
    .tuple(fc.integer({ min: 0, max: bits }), fc.bigInt({ min: -3n, max: 3n }), fc.boolean())
    .map(([power, off, isNegative]) => (isNegative ? -(2n ** BigInt(power)) : 2n ** BigInt(power)) + off)
  return fc.oneof(fc.bigInt({ min: -(2n ** BigInt(bits)), max: 2n ** BigInt(bits) }), near, near, fc.constant(0n))
}

test('a whole part and fractions come to the nearest double', async () => {
  const halves = [-1n, 0n, 1n].flatMap((off) =>
    [49n, 50n, 51n, 52n, 53n, 54n, 56n, 60n, 119n, 120n, 121n].flatMap((power) =>
      [0n, 1n, 2n, 3n, 5n].flatMap((more) =>
        [1n, -1n].flatMap((sign) =>
          [ONE / 2n, ONE / 4n, 1n, ONE - 1n, 0n].map((part) => ({
            whole: sign * (2n ** power + more),
            fractions: sign * (part + off),
          })),
        ),
      ),
    ),
  )
  await check(halves)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ whole: around(125), fractions: around(90) }), { minLength: 1, maxLength: 200 }),
      check,
    ),
    runsOf(60),
  )
})

test('doubles that are fixed point lose nothing by it, and those that are not are told', async () => {
  const cents = fc.integer({ min: -(10 ** 12), max: 10 ** 12 }).map((count) => count / 100)
  const list = fc.array(fc.oneof(cents, doubles), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(list, { minLength: 1, maxLength: 100 }), async (lists) => {
      const rows = lists.map((each, at) => `(${at}, '[${each.join(',')}]'::VARCHAR::DOUBLE[])`)
      const made = await kitchenette.duck.all(
        `SELECT ${isFixed('f')}, ${wholesIn('f')}::HUGEINT, ${fractionsOf('f')} FROM
          (SELECT id, f FROM (VALUES ${rows.join(', ')}) AS t(id, f) WHERE ${isFixed('f')}) RIGHT JOIN
          (SELECT id FROM range(${lists.length}) AS r(id)) USING (id) ORDER BY id`,
      )
      for (const [at, each] of lists.entries()) {
        const units = each.map(unitsOf)
        const [, whole, fractions] = made[at] ?? []
        if (units.some((unit) => unit === null)) assert.equal(whole, null, `${each}`)
        else {
          const total = units.reduce<bigint>((sum, unit) => sum + (unit ?? 0n), 0n)
          assert.equal((whole as bigint) * ONE + (fractions as bigint), total, `${each}`)
        }
      }
    }),
    runsOf(60),
  )
})

/** A double as a count of 2^-74; null where it is none, or too large. */
function unitsOf(double: number): bigint | null {
  if (Math.abs(double) >= 2 ** 62) return null
  const count = (double % 1) * 2 ** 74
  return Number.isInteger(count) ? BigInt(Math.trunc(double)) * ONE + BigInt(count) : null
}
