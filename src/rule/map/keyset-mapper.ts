import type { KeysetCounters } from '../counters.js'
import { keyText } from '../key-text.js'
import { numberOf } from '../number-of.js'
import type { Keyset, Parts } from '../rule.js'
import type { Value } from './column.js'
import type { Running } from './function-fault.js'
import { GroupTable } from './group-table.js'
import { type Getter, getterOf, KeyReader } from './key-reader.js'
import { valueSlots } from './value-slots.js'
import type { Weight } from './weight.js'

/** Puts records into the groups of one keyset, when all went well with the line that they come from. */
export class KeysetMapper {
  readonly counters: KeysetCounters = { rows: 0, keysMissing: 0, valuesNotNumeric: 0 }
  readonly table: GroupTable
  readonly #keys: KeyReader
  readonly #slots: readonly { readonly get: Getter; readonly isNumber: boolean; readonly isText: boolean }[]
  /** Of each slot, for the record that is being added. */
  readonly #values: readonly Value[]
  /** Keys and values of records that wait; null: a key is missing. */
  readonly #heldKeys: (string | null)[] = []
  readonly #heldValues: unknown[] = []
  #held = 0

  constructor(keyset: Keyset, weight: Weight, running: Running) {
    const slots = valueSlots(keyset)
    this.#keys = new KeyReader(keyset.keyParts, running)
    this.#slots = slots.map(({ part, isNumber, isText }) => ({ get: getterOf(part), isNumber, isText }))
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
    if (key === null) return
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
      const key = this.#heldKeys[at]
      if (key === null || key === undefined) {
        this.counters.keysMissing++
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
      if (!slots[slot]?.isNumber) continue
      value.number = numberOf(raw)
      if (value.number === null && raw !== null && raw !== undefined) this.counters.valuesNotNumeric++
    }
  }
}

/** An object as the text that it is counted as, before a function changes it. */
export const snapshot = (value: unknown): unknown => keyText(value)
