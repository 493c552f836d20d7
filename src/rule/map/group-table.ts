import type { Keyset } from '../rule.js'
import type { Column, Value, ValueOfMany } from './column.js'
import { findParts, splitKey } from './joined-key.js'
import { KeySample } from './key-sample.js'
import { AverageColumn, CountColumn, ExtremeColumn } from './number-columns.js'
import { ownText } from './own-text.js'
import type { SpillLines } from './spill-lines.js'
import { quoted } from './spill-text.js'
import { SumColumn } from './sum-column.js'
import { ValueList } from './value-list.js'
import type { Weight } from './weight.js'

const CAPACITY_MIN = 1_024

/** Groups that are written at a time when keys are not looked for. */
const UNSOUGHT_MAX = 1_000

/** Groups after which is looked whether any two of them had the same key. */
const GROUPS_LOOK = 4_096

/**
 * The groups of one keyset that a task holds in memory. Of records that stand for many, nearly each may have a key of its own: to look for it
 * among all others is in vain then, and what comes of them is written as it is. A key may come in a spill as often as it likes.
 */
export class GroupTable {
  readonly #keyCount: number
  readonly #weight: Weight
  readonly #columns: readonly (Column | ValueList)[]
  /** For each aggregate the part that it looks at, by its place in the list of values that come. */
  readonly #slots: readonly number[]
  readonly #adding: readonly Column[]
  readonly #lists: readonly ValueList[]
  #groups = new Map<string, number>()
  /** Keys that were not looked for, each a group of its own; null: keys are. */
  #unsought: string[] | null = null
  /** Null: keys did come again, and are looked for from then on. */
  #sample: KeySample | null = new KeySample()
  /** Records, or groups of them, since there were none. */
  #added = 0
  /** It must be written out, so that it can go on in another way. */
  isDue = false
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
    const group = this.#groupOf(key)
    const columns = this.#columns
    for (let at = 0; at < columns.length; at++) columns[at]?.add(group, values[this.#slots[at] as number] as Value)
  }

  /** Adds so many records that are alike. @param values One for each slot. */
  addMany(key: string, values: readonly ValueOfMany[], count: number): void {
    const group = this.#groupOf(key)
    const columns = this.#columns
    if (group === GROUPS_LOOK && this.#unsought === null && this.#sample !== null && this.#lists.length === 0) {
      this.isDue = this.#added < GROUPS_LOOK * 1.1
    }
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as Column | ValueList
      const value = values[this.#slots[at] as number] as ValueOfMany
      if (value.scanned === null || column instanceof ValueList) column.addMany(group, value, count)
      else column.addScanned(group, value.scanned)
    }
  }

  /** Writes the lines of a spill of the kind `groups`. @returns How many. */
  write(lines: SpillLines): number {
    // Groups are numbered as they came, and a map has them in that order.
    const keys = this.#unsought ?? this.#groups.keys()
    const bounds: number[] = []
    let group = 0
    for (const key of keys) {
      this.#writeKey(key, bounds, lines)
      for (const column of this.#adding) column.write(group, lines)
      lines.end()
      group++
    }
    return group
  }

  #writeKey(key: string, bounds: number[], lines: SpillLines): void {
    const count = this.#keyCount
    findParts(key, count, bounds)
    for (let part = 0; part < count; part++) {
      if (part > 0) lines.comma()
      lines.quoted(key, bounds[part], bounds[part + 1])
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
    if (this.#unsought === null ? this.isDue : this.#sample?.isShared === false) this.#unsought = []
    else if (this.#unsought !== null) {
      this.#unsought = null
      this.#sample = null
    }
    this.#groups = new Map()
    this.#added = 0
    this.isDue = false
    for (const column of this.#columns) column.clear()
  }

  #groupOf(key: string): number {
    this.#added++
    if (this.#unsought === null) return this.#groups.get(key) ?? this.#newGroup(key)
    this.#sample?.add(key)
    const group = this.#unsought.push(key) - 1
    this.isDue = group >= UNSOUGHT_MAX
    if (group === this.#capacity) this.#grow()
    return group
  }

  #newGroup(key: string): number {
    const group = this.#groups.size
    if (group === this.#capacity) this.#grow()
    this.#groups.set(ownText(key), group)
    this.#weight.add(key.length)
    return group
  }

  #grow(): void {
    this.#capacity = Math.max(CAPACITY_MIN, this.#capacity * 2)
    for (const column of this.#adding) column.grow(this.#capacity)
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
