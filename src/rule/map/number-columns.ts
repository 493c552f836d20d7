import type { ScannedValue } from '../groups/scanned.js'
import { type Column, Numbers, type Value } from './column.js'
import type { SpillLines } from './spill-lines.js'
import { SumColumn } from './sum-column.js'

/** How many records have the part. */
export class CountColumn implements Column {
  readonly #counts = new Numbers(0)

  add(group: number, { raw }: Value): void {
    if (raw === null || raw === undefined) return
    const { list } = this.#counts
    list[group] = (list[group] ?? 0) + 1
  }

  addMany(group: number, { raw }: Value, count: number): void {
    if (raw !== null && raw !== undefined) this.#plus(group, count)
  }

  addScanned(group: number, { present }: ScannedValue): void {
    this.#plus(group, present)
  }

  #plus(group: number, count: number): void {
    const { list } = this.#counts
    list[group] = (list[group] ?? 0) + count
  }

  grow(capacity: number): void {
    this.#counts.grow(capacity)
  }

  write(group: number, line: SpillLines): void {
    line.number(this.#counts.list[group] ?? 0)
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
    if (number !== null) this.#meet(group, Number(number))
  }

  addMany(group: number, value: Value): void {
    this.add(group, value)
  }

  addScanned(group: number, { numbers, min, max }: ScannedValue): void {
    if (numbers > 0) this.#meet(group, this.#isMax ? max : min)
  }

  #meet(group: number, value: number): void {
    const { list } = this.#extremes
    const known = list[group] ?? Number.NaN
    if (Number.isNaN(known) || (this.#isMax ? value > known : value < known)) list[group] = value
  }

  grow(capacity: number): void {
    this.#extremes.grow(capacity)
  }

  write(group: number, line: SpillLines): void {
    const value = this.#extremes.list[group] ?? Number.NaN
    if (Number.isNaN(value)) line.nothing()
    else line.number(value)
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

  addMany(group: number, value: Value, count: number): void {
    if (value.number === null) return
    this.#sums.addMany(group, value, count)
    this.#plus(group, count)
  }

  addScanned(group: number, scanned: ScannedValue): void {
    this.#sums.addScanned(group, scanned)
    this.#plus(group, scanned.numbers)
  }

  #plus(group: number, count: number): void {
    const { list } = this.#counts
    list[group] = (list[group] ?? 0) + count
  }

  grow(capacity: number): void {
    this.#sums.grow(capacity)
    this.#counts.grow(capacity)
  }

  write(group: number, line: SpillLines): void {
    this.#sums.write(group, line)
    line.number(this.#counts.list[group] ?? 0)
  }

  clear(): void {
    this.#sums.clear()
    this.#counts.clear()
  }
}
