import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { addExactly, exactTotal } from '#hob/rule/exact-sum.js'
import { doubles, runsOf } from './arbitraries.js'
import { sumOf } from './oracle-number.js'

const WHOLE_END = 10n ** 38n

/** As results have it: 38 digits, else a double. */
const kept = (total: number | bigint): number | bigint =>
  typeof total === 'bigint' && (total >= WHOLE_END || total <= -WHOLE_END) ? Number(total) : total

const isSafe = (double: number): boolean => Math.abs(double) <= 2 ** 1_000

describe('a sum', () => {
  test('is the exact one, rounded once', () => {
    fc.assert(
      fc.property(fc.array(doubles, { maxLength: 30 }), (numbers) => {
        assert.equal(kept(exactTotal(0n, numbers)), sumOf(numbers))
      }),
      runsOf(3_000),
    )
  })

  test('takes its whole part as an integer of any size', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.array(doubles, { maxLength: 5 }),
        (whole, numbers) => {
          // Two doubles hold any integer of seventy bits.
          const high = Number(whole)
          const low = Number(whole - BigInt(high))
          assert.equal(kept(exactTotal(whole, numbers)), sumOf([high, low, ...numbers]))
        },
      ),
      runsOf(2_000),
    )
  })

  test('is the same whatever the order and the cut', () => {
    const cut = fc.tuple(fc.array(doubles.filter(isSafe), { maxLength: 40 }), fc.infiniteStream(fc.nat(6)))
    fc.assert(
      fc.property(cut, ([numbers, places]) => {
        const tasks: number[][] = Array.from({ length: 7 }, () => [])
        for (const number of numbers) addExactly(tasks[places.next().value] ?? [], number)
        assert.equal(kept(exactTotal(0n, tasks.flat())), sumOf(numbers))
      }),
      runsOf(2_000),
    )
  })
})
