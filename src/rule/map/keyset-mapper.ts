import { type AbsentPart, type KeysetCounters, noKeysetCounters } from '../counters.js'
import { keyText } from '../key-text.js'
import { numberOf } from '../number-of.js'
import type { Keyset, Parts } from '../rule.js'
import type { Value } from './column.js'
import type { Running } from './function-fault.js'
import { GroupTable } from './group-table.js'
import { type Getter, getterOf, KeyReader } from './key-reader.js'
import { type ValueSlot, valueSlots } from './value-slots.js'
import type { Weight } from './weight.js'

/** The key of a record; or of one without a key, the key parts that it has. */
export type HeldKey = string | readonly string[]

interface Slot extends Pick<ValueSlot, 'part' | 'isNumber' | 'isText'> {
  readonly get: Getter
}

/** Puts records into the groups of one keyset, when all went well with the line that they come from. */
export class KeysetMapper {
  readonly counters: KeysetCounters = noKeysetCounters()
  readonly table: GroupTable
  readonly #keyset: Keyset
  /** Key parts that were numbers beyond what JavaScript holds. */
  readonly rounded: Set<string> = new Set<string>()
  readonly #keys: KeyReader
  readonly #slots: readonly Slot[]
  /** Key parts of records without a key. */
  readonly #keyPartsSeen = new Set<string>()
  /** Of each slot, the records that were counted in and do not have it. */
  readonly #missing: number[]
  /** Of each slot, for the record that is being added. */
  readonly #values: readonly Value[]
  /** Keys and values of records that wait. */
  readonly #heldKeys: HeldKey[] = []
  readonly #heldValues: unknown[] = []
  #held = 0

  constructor(keyset: Keyset, weight: Weight, running: Running) {
    const slots = valueSlots(keyset)
    this.#keyset = keyset
    this.#keys = new KeyReader(keyset.keyParts, running, this.rounded)
    this.#slots = slots.map(({ part, isNumber, isText }) => ({ part, get: getterOf(part), isNumber, isText }))
    this.#missing = slots.map(() => 0)
    this.#values = slots.map(() => ({ raw: undefined, number: null }))
    this.table = new GroupTable(
      keyset,
      slots.map(({ part }) => part),
      weight,
    )
  }

  /** Records that wait. */
  get held(): number {
    return this.#held
  }

  /** Reads what the groups need of a record, which may change afterwards. */
  hold(parts: Parts): void {
    const key = this.#keys.keyOf(parts)
    const at = this.#held++
    this.#heldKeys[at] = key
    if (typeof key !== 'string') return
    const slots = this.#slots
    for (let slot = 0; slot < slots.length; slot++) {
      const { get, isText } = slots[slot] as (typeof slots)[number]
      const value = get(parts)
      this.#heldValues[at * slots.length + slot] = isText && typeof value === 'object' ? snapshot(value) : value
    }
  }

  /** Forgets the records that wait. */
  drop(): void {
    this.#held = 0
  }

  /** Adds those that wait. */
  add(): void {
    for (let at = 0; at < this.#held; at++) {
      const key = this.#heldKeys[at] as HeldKey
      if (typeof key !== 'string') {
        this.missKey(key, 1)
        continue
      }
      this.counters.rows++
      this.#read(at)
      this.table.add(key, this.#values)
    }
    this.#held = 0
  }

  #read(at: number): void {
    const slots = this.#slots
    for (let slot = 0; slot < slots.length; slot++) {
      const value = this.#values[slot] as Value
      const raw = this.#heldValues[at * slots.length + slot]
      value.raw = raw
      if (slots[slot]?.isNumber) {
        value.number = numberOf(raw)
        if (value.number !== null) continue
        if (raw !== null && raw !== undefined) this.counters.valuesNotNumeric++
      }
      if (raw === null || raw === undefined) this.missValue(slot, 1)
    }
  }

  /** Counts records without a key. @param seen The key parts that they have. */
  missKey(seen: readonly string[], count: number): void {
    this.counters.keysMissing += count
    for (const part of seen) this.#keyPartsSeen.add(part)
  }

  /** Counts records that are counted in without a value part, by its slot. */
  missValue(slot: number, count: number): void {
    this.#missing[slot] = (this.#missing[slot] ?? 0) + count
  }

  /** Tells the counters what is known of parts until now. */
  tellParts(): void {
    const { rows, keysMissing } = this.counters
    const absent = (part: string, kind: AbsentPart['kind']): AbsentPart => ({ part, kind, meant: null })
    const keyParts = rows > 0 || keysMissing === 0 ? [] : this.#keyset.keyParts
    const slots = rows === 0 ? [] : this.#slots.filter((_, slot) => this.#missing[slot] === rows)
    this.counters.rounded = [...this.rounded]
    this.counters.absent = [
      ...keyParts.filter((part) => !this.#keyPartsSeen.has(part)).map((part) => absent(part, 'key')),
      ...slots.map(({ part }) => absent(part, 'value')),
    ]
  }
}

/** An object as the text that it is counted as, before a function changes it. */
export const snapshot = (value: unknown): unknown => keyText(value)
