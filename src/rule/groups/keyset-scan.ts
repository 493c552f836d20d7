import { inspect } from 'node:util'
import type { Value, ValueOfMany } from '../map/column.js'
import type { Running } from '../map/function-fault.js'
import { type Getter, getterOf, KeyReader } from '../map/key-reader.js'
import { type HeldKey, type KeysetMapper, snapshot } from '../map/keyset-mapper.js'
import { type ValueSlot, valueSlots } from '../map/value-slots.js'
import { numberOf } from '../number-of.js'
import type { Keyset, Parts } from '../rule.js'
import type { ScanValue } from './group-plan.js'
import type { Recorder } from './recorder.js'
import type { ScannedValue } from './scanned.js'

/** A value that was read of the record, and not summed by the scan. */
const READ = -1

interface Slot extends ValueSlot {
  readonly get: Getter
  /** Of itself in a list. */
  readonly names: readonly string[]
  /** Where the scan has its sums; `READ` where it has none. */
  readonly place: number
}

/** What a keyset scan is made of. */
export interface KeysetScanOptions {
  readonly keyset: Keyset
  /** Whose table and counters it adds to. */
  readonly mapper: KeysetMapper
  /** The values of the scan. */
  readonly values: readonly ScanValue[]
  readonly recorder: Recorder
  readonly running: Running
}

/** Puts groups of records into the groups of one keyset: as `KeysetMapper`, of records that stand for many. */
export class KeysetScan {
  readonly #mapper: KeysetMapper
  readonly #recorder: Recorder
  readonly #keyParts: readonly string[]
  readonly #keys: KeyReader
  readonly #slots: readonly Slot[]
  /** Of each slot, for the record that is being added. */
  readonly #values: readonly ValueOfMany[]
  readonly #heldKeys: HeldKey[] = []
  readonly #heldValues: unknown[] = []
  readonly #heldPlaces: number[] = []
  #held = 0

  constructor({ keyset, mapper, values, recorder, running }: KeysetScanOptions) {
    this.#mapper = mapper
    this.#recorder = recorder
    this.#keyParts = keyset.keyParts
    this.#keys = new KeyReader(keyset.keyParts, running, mapper.rounded)
    this.#slots = valueSlots(keyset).map((slot) => ({
      ...slot,
      get: getterOf(slot.part),
      names: [slot.part],
      place: values.findIndex(({ part, isNumber }) => part === slot.part && (isNumber || !slot.isNumber)),
    }))
    this.#values = this.#slots.map(() => ({ raw: undefined, number: null, scanned: null }))
  }

  /** Records that wait. */
  get held(): number {
    return this.#held
  }

  /** One of them has a key. */
  get isKeyed(): boolean {
    return this.#heldKeys.slice(0, this.#held).some((key) => typeof key === 'string')
  }

  /** Keys and values of those that wait, as text. */
  get heldText(): string {
    const values = this.#heldValues.slice(0, this.#held * this.#slots.length)
    return [...this.#heldKeys.slice(0, this.#held), ...values].map((held) => inspect(held)).join()
  }

  /** Reads what the groups need of a record, which may change afterwards. */
  hold(parts: Parts): void {
    const own = this.#recorder.of(parts)
    const key = this.#keys.keyOf(own === null ? parts : own.readable(this.#keyParts))
    const at = this.#held++
    this.#heldKeys[at] = key
    if (typeof key !== 'string') return
    const slots = this.#slots
    const first = at * slots.length
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] as Slot
      if (own !== null && !slot.isListed && own.isUntouched(slot.part)) {
        if (slot.place === READ) this.#recorder.needs.value(slot.part, slot.isNumber)
        this.#heldPlaces[first + index] = slot.place
        this.#heldValues[first + index] = undefined
      } else {
        const value = slot.get(own === null ? parts : own.readable(slot.names))
        this.#heldPlaces[first + index] = READ
        this.#heldValues[first + index] = slot.isText && typeof value === 'object' ? snapshot(value) : value
      }
    }
  }

  /** Forgets the records that wait. */
  drop(): void {
    this.#held = 0
  }

  /** Adds those that wait, each for so many. @param sums Of the scan's values. */
  add(count: number, sums: readonly ScannedValue[]): void {
    const { counters, table } = this.#mapper
    for (let at = 0; at < this.#held; at++) {
      const key = this.#heldKeys[at] as HeldKey
      if (typeof key !== 'string') {
        this.#mapper.missKey(key, count)
        continue
      }
      counters.rows += count
      counters.valuesNotNumeric += this.#read(at, count, sums)
      table.addMany(key, this.#values, count)
    }
    this.#held = 0
  }

  /** @returns Values that are no numbers. */
  #read(at: number, count: number, sums: readonly ScannedValue[]): number {
    const slots = this.#slots
    let notNumeric = 0
    for (let index = 0; index < slots.length; index++) {
      const { isNumber } = slots[index] as Slot
      const value = this.#values[index] as ValueOfMany
      const place = this.#heldPlaces[at * slots.length + index] as number
      value.scanned = place === READ ? null : (sums[place] as ScannedValue)
      if (value.scanned !== null) {
        const { present, numbers } = value.scanned
        if (isNumber) notNumeric += present - numbers
        this.#mapper.missValue(index, count - present)
        continue
      }
      const raw = this.#heldValues[at * slots.length + index]
      if (readValue(value, raw, isNumber)) notNumeric += count
      if (raw === null || raw === undefined) this.#mapper.missValue(index, count)
    }
    return notNumeric
  }
}

/** @returns Whether it is there, and no number where it should be one. */
function readValue(value: Value, raw: unknown, isNumber: boolean): boolean {
  value.raw = raw
  if (!isNumber) return false
  value.number = numberOf(raw)
  return value.number === null && raw !== null && raw !== undefined
}
