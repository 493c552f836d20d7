import type { KeysetCounters } from '../counters.js'
import { KEY_BYTES_MAX, keyText } from '../key-text.js'
import { numberOf } from '../number-of.js'
import type { Keyset, Parts } from '../rule.js'
import { needsNumber, type Value } from './column.js'
import { RowFault, type Running } from './function-fault.js'
import { GroupTable } from './group-table.js'
import { joinKey } from './joined-key.js'
import type { Weight } from './weight.js'

/** Reads a member of a record. */
type Getter = (parts: Parts) => unknown

/** Puts records into the groups of one keyset, when all went well with the line that they come from. */
export class KeysetMapper {
  readonly counters: KeysetCounters = { rows: 0, keysMissing: 0, valuesNotNumeric: 0 }
  readonly table: GroupTable
  readonly #running: Running
  readonly #keys: readonly { readonly name: string; readonly get: Getter }[]
  readonly #slots: readonly { readonly get: Getter; readonly isNumber: boolean; readonly isText: boolean }[]
  /** Of each slot, for the record that is being added. */
  readonly #values: readonly Value[]
  /** Keys and values of records that wait; null: a key is missing. */
  readonly #heldKeys: (string | null)[] = []
  readonly #heldValues: unknown[] = []
  #held = 0

  constructor(keyset: Keyset, weight: Weight, running: Running) {
    const parts = [...new Set(keyset.values.map(({ part }) => part))]
    const kindsOf = (part: string) => keyset.values.filter((value) => value.part === part).map(({ kind }) => kind)
    this.#running = running
    this.#keys = keyset.keyParts.map((name) => ({ name, get: getter(name) }))
    this.#slots = parts.map((part) => ({
      get: getter(part),
      isNumber: kindsOf(part).some(needsNumber),
      isText: kindsOf(part).some((kind) => kind.startsWith('countDistinct')),
    }))
    this.#values = parts.map(() => ({ raw: undefined, number: null }))
    this.table = new GroupTable(keyset, parts, weight)
  }

  /** Records that wait. */
  get held(): number {
    return this.#held
  }

  /** Reads what the groups need of a record, which may change afterwards. */
  hold(parts: Parts): void {
    const key = this.#keyOf(parts)
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

  #keyOf(parts: Parts): string | null {
    const [only] = this.#keys
    if (this.#keys.length === 1 && only) return this.#textOf(only.name, only.get(parts))
    const texts: string[] = []
    for (const { name, get } of this.#keys) {
      const text = this.#textOf(name, get(parts))
      if (text === null) return null
      texts.push(text)
    }
    return joinKey(texts)
  }

  #textOf(name: string, value: unknown): string | null {
    // Half surrogate pairs may stay: they become what they shall where a spill is written, and equal keys meet later.
    const text = typeof value === 'string' ? value : this.#textOfOther(name, value)
    // No character takes more than three bytes.
    if (text === null || text.length * 3 <= KEY_BYTES_MAX || Buffer.byteLength(text) <= KEY_BYTES_MAX) return text
    this.#running.name = `key part '${name}'`
    throw new RowFault(`more than ${KEY_BYTES_MAX / 1024 / 1024} MiB`)
  }

  #textOfOther(name: string, value: unknown): string | null {
    this.#running.name = `key part '${name}'`
    return keyText(value)
  }
}

/** An object as the text that it is counted as, before a function changes it. */
const snapshot = (value: unknown): unknown => keyText(value)

/** What is on every object is no field, unless a record has it as its own. */
const getter = (name: string): Getter =>
  name in Object.prototype ? (parts) => (Object.hasOwn(parts, name) ? parts[name] : undefined) : (parts) => parts[name]
