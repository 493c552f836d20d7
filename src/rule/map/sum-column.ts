import { addExactly, exactProduct } from '../exact-sum.js'
import type { ScannedValue } from '../groups/scanned.js'
import { type Column, Numbers, type Value } from './column.js'
import type { SpillLines } from './spill-lines.js'

/** Whole sums beyond are written as doubles that come to it: what reads them has 127 bits. */
const WHOLE_MAX: bigint = 2n ** 100n

/**
 * Exact sums. Whole numbers, which most are, stay one double as long as that is exact; what goes beyond is carried into a bigint.
 * Fractions are parts that do not overlap (`exact-sum.ts`): two doubles, which hold what cents come to; a list only for more.
 */
export class SumColumn implements Column {
  readonly #wholes = new Numbers(0)
  readonly #carried = new Map<number, bigint>()
  readonly #highs = new Numbers(0)
  readonly #lows = new Numbers(0)
  /** Instead of the two, where three or more are needed. */
  readonly #lists = new Map<number, number[]>()

  add(group: number, { number }: Value): void {
    if (number === null) return
    if (typeof number === 'bigint') this.#carry(group, number)
    else if (Number.isInteger(number)) this.#addWhole(group, number)
    else this.#addFraction(group, number)
  }

  addMany(group: number, { number }: Value, count: number): void {
    if (number === null) return
    if (typeof number === 'bigint') this.#carry(group, number * BigInt(count))
    else if (Number.isInteger(number)) this.#addProduct(group, number, count)
    else for (const part of exactProduct(number, count)) this.#addFraction(group, part)
  }

  addScanned(group: number, { whole, doubles }: ScannedValue): void {
    if (typeof whole === 'bigint') this.#carry(group, whole)
    else if (whole !== 0) this.#addWhole(group, whole)
    for (const double of doubles) {
      if (Number.isInteger(double)) this.#addWhole(group, double)
      else this.#addFraction(group, double)
    }
  }

  grow(capacity: number): void {
    this.#wholes.grow(capacity)
    if (this.#highs.list.length > 0) this.#growFractions()
  }

  write(group: number, line: SpillLines): void {
    const carried = this.#carried.size > 0 ? this.#carried.get(group) : undefined
    const whole = this.#wholes.list[group] ?? 0
    const fraction = this.#hasFraction(group) ? this.#fractionOf(group) : NO_FRACTION
    if (carried !== undefined) {
      const { whole: rest, doubles } = split(carried + BigInt(whole))
      line.otherSum(rest, [...doubles, ...fraction])
    } else if (fraction.length > 0) line.otherSum(whole, fraction)
    else line.wholeSum(whole)
  }

  clear(): void {
    this.#wholes.clear()
    this.#carried.clear()
    this.#highs.clear()
    this.#lows.clear()
    this.#lists.clear()
  }

  #addWhole(group: number, number: number): void {
    const { list } = this.#wholes
    const sum = (list[group] ?? 0) + number
    // A rounded sum is never within these bounds, so what is, is exact.
    if (sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER) list[group] = sum
    else this.#carry(group, BigInt(number))
  }

  #addProduct(group: number, number: number, count: number): void {
    const product = number * count
    if (Number.isSafeInteger(product)) this.#addWhole(group, product)
    else this.#carry(group, BigInt(number) * BigInt(count))
  }

  #carry(group: number, number: bigint): void {
    this.#carried.set(group, (this.#carried.get(group) ?? 0n) + number)
  }

  /** As `addExactly`, of two parts. */
  #addFraction(group: number, number: number): void {
    if (group >= this.#highs.list.length) this.#growFractions()
    const list = this.#lists.get(group)
    if (list) {
      addExactly(list, number)
      return
    }
    const highs = this.#highs.list
    const lows = this.#lows.list
    const low = lows[group] ?? 0
    const high = highs[group] ?? 0
    const some = number + low
    const someLost = errorOf(number, low, some)
    const all = some + high
    const allLost = errorOf(some, high, all)
    if (someLost !== 0 && allLost !== 0) this.#lists.set(group, [someLost, allLost, ...(all === 0 ? [] : [all])])
    highs[group] = all
    lows[group] = someLost + allLost
  }

  #hasFraction(group: number): boolean {
    return Boolean(this.#highs.list[group] || this.#lows.list[group]) || this.#lists.has(group)
  }

  #fractionOf(group: number): readonly number[] {
    const parts = this.#lists.get(group) ?? [this.#lows.list[group] ?? 0, this.#highs.list[group] ?? 0]
    return parts.filter((part) => part !== 0)
  }

  /** Room for fractions once there is one: most sums have none. */
  #growFractions(): void {
    this.#highs.grow(this.#wholes.list.length)
    this.#lows.grow(this.#wholes.list.length)
  }
}

const NO_FRACTION: readonly number[] = []

/** What the sum of two doubles lost (D. E. Knuth's two-sum). */
function errorOf(a: number, b: number, sum: number): number {
  const added = sum - a
  return a - (sum - added) + (b - added)
}

/** A whole number as one within the bound and doubles that come to the rest. */
function split(number: bigint): { readonly whole: bigint; readonly doubles: readonly number[] } {
  const doubles: number[] = []
  let rest = number
  while (rest > WHOLE_MAX || rest < -WHOLE_MAX) {
    const near = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(rest)))
    doubles.push(near)
    rest -= BigInt(near)
  }
  return { whole: rest, doubles }
}
