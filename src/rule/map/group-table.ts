import type { Keyset } from '../rule.js'
import type { Column, Value, ValueOfMany } from './column.js'
import { joinKey, splitKey } from './joined-key.js'
import { KeySample } from './key-sample.js'
import { AverageColumn, CountColumn, ExtremeColumn } from './number-columns.js'
import { ownText } from './own-text.js'
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
  /** Of the line at work. */
  readonly #texts: string[]
  /** Those whose keys are looked for. */
  #groups = new Map<string, number>()
  /** Whether keys are not looked for, each a group of its own. */
  #isUnsought = false
  /** Others, and their keys as spills have them. */
  #others: number[] = []
  #otherTexts: string[] = []
  /** All of them. */
  #size = 0
  /** How often it was cleared. */
  generation = 0
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
    this.#texts = ['', ...this.#adding.map(() => ''), '\n']
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
    const isLook = this.#groups.size === GROUPS_LOOK + 1 && group === this.#size - 1
    if (isLook && !this.#isUnsought && this.#sample !== null && this.#lists.length === 0) {
      this.isDue = this.#added < GROUPS_LOOK * 1.1
    }
    this.addTo(group, values, count)
  }

  /** The group of a key of these parts, for who finds it again by itself. */
  groupOf(parts: readonly string[]): number {
    const known =
      this.#groups.size === 0 ? undefined : this.#groups.get(parts.length === 1 ? (parts[0] ?? '') : joinKey(parts))
    if (known !== undefined) return known
    let text = quoted(parts[0] ?? '')
    for (let part = 1; part < parts.length; part++) text += `,${quoted(parts[part] ?? '')}`
    this.#weight.add(text.length)
    return this.#otherGroup(text)
  }

  /** Adds so many records that are alike to a group. @param values One for each slot. */
  addTo(group: number, values: readonly ValueOfMany[], count: number): void {
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
    for (const [key, group] of this.#groups) yield this.#line(this.#keyText(key), group)
    const texts = this.#otherTexts
    for (let at = 0; at < texts.length; at++) yield this.#line(texts[at] as string, this.#others[at] as number)
  }

  /** The lines of a spill of the kind `values`. */
  *valueLines(): Generator<string> {
    if (this.#lists.length === 0) return
    const texts: string[] = []
    for (const [key, group] of this.#groups) texts[group] = this.#keyText(key)
    for (const [at, group] of this.#others.entries()) texts[group] = this.#otherTexts[at] as string
    for (const list of this.#lists) yield* list.lines((group) => texts[group] as string)
  }

  /** Forgets all groups. */
  clear(): void {
    if (this.#isUnsought) {
      this.#isUnsought = this.#sample?.isShared === false
      if (!this.#isUnsought) this.#sample = null
    } else this.#isUnsought = this.isDue
    this.#groups = new Map()
    this.#others = []
    this.#otherTexts = []
    this.#size = 0
    this.generation++
    this.#added = 0
    this.isDue = false
    for (const column of this.#columns) column.clear()
  }

  #groupOf(key: string): number {
    this.#added++
    if (!this.#isUnsought) return this.#groups.get(key) ?? this.#soughtGroup(key)
    this.#sample?.add(key)
    const group = this.#otherGroup(this.#keyText(key))
    this.isDue = this.#others.length > UNSOUGHT_MAX
    return group
  }

  #soughtGroup(key: string): number {
    const group = this.#next()
    this.#groups.set(ownText(key), group)
    this.#weight.add(key.length)
    return group
  }

  #otherGroup(text: string): number {
    const group = this.#next()
    this.#others.push(group)
    this.#otherTexts.push(text)
    return group
  }

  #next(): number {
    if (this.#size === this.#capacity) this.#grow()
    return this.#size++
  }

  #line(key: string, group: number): string {
    const columns = this.#adding
    const texts = this.#texts
    texts[0] = key
    for (let at = 0; at < columns.length; at++) texts[at + 1] = columns[at]?.text(group) ?? ''
    // Added to each other, they would be pieces of a text for as long as it is kept.
    return texts.join('')
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
