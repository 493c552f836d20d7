import { keyText } from '../key-text.js'
import type { Aggregate } from '../rule.js'
import type { Value } from './column.js'
import { ownText } from './own-text.js'
import { quoted } from './spill-text.js'
import type { Weight } from './weight.js'

/** The different values of an aggregate that needs all of them, for each group of a table, and how often each came. */
export class ValueList {
  readonly #place: number
  readonly #isNumber: boolean
  readonly #weight: Weight
  #counts = new Map<string, number>()

  /** @param place The aggregate's in its keyset. */
  constructor({ kind }: Aggregate, place: number, weight: Weight) {
    this.#place = place
    this.#isNumber = kind === 'quantile'
    this.#weight = weight
  }

  add(group: number, value: Value): void {
    this.addMany(group, value, 1)
  }

  addMany(group: number, { raw, number }: Value, times: number): void {
    const text = this.#isNumber ? (number === null ? null : String(Number(number))) : keyText(raw)
    if (text === null) return
    const name = `${group}:${text}`
    const count = this.#counts.get(name)
    if (count !== undefined) {
      this.#counts.set(name, count + times)
      return
    }
    this.#counts.set(ownText(name), times)
    this.#weight.add(name.length)
  }

  /** @param keyOf The columns of a group's key, as text of a spill. */
  *lines(keyOf: (group: number) => string): Generator<string> {
    for (const [name, count] of this.#counts) {
      const end = name.indexOf(':')
      const value = name.slice(end + 1)
      const columns = this.#isNumber ? `\\N,${value}` : `${quoted(value)},\\N`
      yield `${this.#place},${keyOf(Number(name.slice(0, end)))},${columns},${count}\n`
    }
  }

  clear(): void {
    this.#counts = new Map()
  }
}
