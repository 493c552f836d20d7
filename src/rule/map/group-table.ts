import type { Keyset } from '../rule.js'
import type { Column, Value, ValueOfMany } from './column.js'
import { splitKey } from './joined-key.js'
import { AverageColumn, CountColumn, ExtremeColumn } from './number-columns.js'
import { ownText } from './own-text.js'
import { quoted } from './spill-text.js'
import { SumColumn } from './sum-column.js'
import { ValueList } from './value-list.js'
import type { Weight } from './weight.js'

const CAPACITY_MIN = 1_024

/** The groups of one keyset that a task holds in memory. */
export class GroupTable {
  readonly #keyCount: number
  readonly #weight: Weight
  readonly #columns: readonly (Column | ValueList)[]
  /** For each aggregate the part that it looks at, by its place in the list of values that come. */
  readonly #slots: readonly number[]
  readonly #adding: readonly Column[]
  readonly #lists: readonly ValueList[]
  #groups = new Map<string, number>()
  #capacity = 0

  /** @param slots The parts that values come of, in their order. */
  constructor(keyset: Keyset, slots: readonly string[], weight: Weight) {
    this.#keyCount = keyset.keyParts.length
    this.#weight = weight
    this.#columns = keyset.values.map(
      (aggregate, place) => adding(aggregate.kind) ?? new ValueList(aggregate, place, weight),
    )
    this.#slots = keyset.values.map(({ part }) => slots.indexOf(part))
    this.#adding = this.#columns.filter((column): column is Column => !(column instanceof ValueList))
    this.#lists = this.#columns.filter((column) => column instanceof ValueList)
  }

  /** @param values One for each slot. */
  add(key: string, values: readonly Value[]): void {
    const group = this.#groups.get(key) ?? this.#newGroup(key)
    const columns = this.#columns
    for (let at = 0; at < columns.length; at++) columns[at]?.add(group, values[this.#slots[at] as number] as Value)
  }

  /** Adds so many records that are alike. @param values One for each slot. */
  addMany(key: string, values: readonly ValueOfMany[], count: number): void {
    const group = this.#groups.get(key) ?? this.#newGroup(key)
    const columns = this.#columns
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as Column | ValueList
      const value = values[this.#slots[at] as number] as ValueOfMany
      if (value.scanned === null || column instanceof ValueList) column.addMany(group, value, count)
      else column.addScanned(group, value.scanned)
    }
  }

  /** The lines of a spill of the kind `groups`. */
  *lines(): Generator<string> {
    for (const [key, group] of this.#groups) {
      let line = this.#keyText(key)
      for (const column of this.#adding) line += column.text(group)
      yield `${line}\n`
    }
  }

  /** The lines of a spill of the kind `values`. */
  *valueLines(): Generator<string> {
    if (this.#lists.length === 0) return
    const keys = [...this.#groups.keys()]
    for (const list of this.#lists) yield* list.lines((group) => this.#keyText(keys[group] ?? ''))
  }

  /** Forgets all groups. */
  clear(): void {
    this.#groups = new Map()
    for (const column of this.#columns) column.clear()
  }

  #newGroup(key: string): number {
    const group = this.#groups.size
    if (group === this.#capacity) {
      this.#capacity = Math.max(CAPACITY_MIN, this.#capacity * 2)
      for (const column of this.#adding) column.grow(this.#capacity)
    }
    this.#groups.set(ownText(key), group)
    this.#weight.add(key.length)
    return group
  }

  #keyText(key: string): string {
    return this.#keyCount === 1 ? quoted(key) : splitKey(key, this.#keyCount).map(quoted).join(',')
  }
}

/** What adds up an aggregate; null for those that need each value. */
function adding(kind: Keyset['values'][number]['kind']): Column | null {
  switch (kind) {
    case 'sum':
      return new SumColumn()
    case 'avg':
      return new AverageColumn()
    case 'count':
      return new CountColumn()
    case 'min':
    case 'max':
      return new ExtremeColumn(kind === 'max')
    default:
      return null
  }
}
