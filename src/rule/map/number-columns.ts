import { type Column, Numbers, type Value } from './column.js'
import { SumColumn } from './sum-column.js'

/** How many records have the part. */
export class CountColumn implements Column {
  readonly #counts = new Numbers(0)

  add(group: number, { raw }: Value): void {
    if (raw === null || raw === undefined) return
    const { list } = this.#counts
    list[group] = (list[group] ?? 0) + 1
  }

  grow(capacity: number): void {
    this.#counts.grow(capacity)
  }

  text(group: number): string {
    return `,${this.#counts.list[group]}`
  }

  clear(): void {
    this.#counts.clear()
  }
}

/** The smallest number, or the largest. */
export class ExtremeColumn implements Column {
  readonly #extremes = new Numbers(Number.NaN)
  readonly #isMax: boolean

  constructor(isMax: boolean) {
    this.#isMax = isMax
  }

  add(group: number, { number }: Value): void {
    if (number === null) return
    const value = Number(number)
    const { list } = this.#extremes
    const known = list[group] ?? Number.NaN
    if (Number.isNaN(known) || (this.#isMax ? value > known : value < known)) list[group] = value
  }

  grow(capacity: number): void {
    this.#extremes.grow(capacity)
  }

  text(group: number): string {
    const value = this.#extremes.list[group] ?? Number.NaN
    return Number.isNaN(value) ? ',\\N' : `,${value}`
  }

  clear(): void {
    this.#extremes.clear()
  }
}

/** The sum of the numbers, and how many there are. */
export class AverageColumn implements Column {
  readonly #sums: Column = new SumColumn()
  readonly #counts = new Numbers(0)

  add(group: number, value: Value): void {
    if (value.number === null) return
    this.#sums.add(group, value)
    const { list } = this.#counts
    list[group] = (list[group] ?? 0) + 1
  }

  grow(capacity: number): void {
    this.#sums.grow(capacity)
    this.#counts.grow(capacity)
  }

  text(group: number): string {
    return `${this.#sums.text(group)},${this.#counts.list[group]}`
  }

  clear(): void {
    this.#sums.clear()
    this.#counts.clear()
  }
}
