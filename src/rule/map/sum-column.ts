import { addExactly } from '../exact-sum.js'
import { type Column, Numbers, type Value } from './column.js'

/** Whole sums beyond are written as doubles that come to it: what reads them has 127 bits. */
const WHOLE_MAX: bigint = 2n ** 100n

/**
 * Exact sums. Whole numbers, which most are, stay one double as long as that is exact; what goes beyond is carried into a bigint,
 * and fractions into a list of doubles (`exact-sum.ts`).
 */
export class SumColumn implements Column {
  readonly #wholes = new Numbers(0)
  readonly #carried = new Map<number, bigint>()
  #fractions: number[][] = []

  add(group: number, { number }: Value): void {
    if (number === null) return
    if (typeof number === 'bigint') this.#carry(group, number)
    else if (Number.isInteger(number)) this.#addWhole(group, number)
    else this.#addFraction(group, number)
  }

  grow(capacity: number): void {
    this.#wholes.grow(capacity)
  }

  text(group: number): string {
    const carried = this.#carried.get(group)
    const fraction = this.#fractions[group] ?? []
    const whole = this.#wholes.list[group] ?? 0
    if (carried === undefined) return `,${whole},${listText(fraction)}`
    const { whole: rest, doubles } = split(carried + BigInt(whole))
    return `,${rest},${listText([...doubles, ...fraction])}`
  }

  clear(): void {
    this.#wholes.clear()
    this.#carried.clear()
    this.#fractions = []
  }

  #addWhole(group: number, number: number): void {
    const { list } = this.#wholes
    const sum = (list[group] ?? 0) + number
    // A rounded sum is never within these bounds, so what is, is exact.
    if (sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER) list[group] = sum
    else this.#carry(group, BigInt(number))
  }

  #carry(group: number, number: bigint): void {
    this.#carried.set(group, (this.#carried.get(group) ?? 0n) + number)
  }

  #addFraction(group: number, number: number): void {
    const parts = this.#fractions[group]
    if (parts) addExactly(parts, number)
    else this.#fractions[group] = [number]
  }
}

const listText = (doubles: readonly number[]): string => (doubles.length === 0 ? '\\N' : `"[${doubles.join(',')}]"`)

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
