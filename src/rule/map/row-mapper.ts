import type { KeysetCounters } from '../counters.js'
import type { Keyset, Params, Parts, RuleDefinition } from '../rule.js'
import { type Running, reasonOf } from './function-fault.js'
import { KeysetMapper } from './keyset-mapper.js'
import { copyOf, type Emit, partsChain, transformChain } from './parts-chain.js'
import type { Spill } from './spill.js'
import { Weight } from './weight.js'

/** What a task does with each record of its pieces. */
export interface RowMapper {
  /** @returns What is wrong with the record, which then counts nowhere; else how many records its functions made of it. */
  take(parts: Parts): string | number
  /** Writes what it holds. */
  spill(): void
  readonly counters: Readonly<Record<string, KeysetCounters>>
}

/** What a mapper is made of. */
export interface MapperOptions {
  readonly rule: RuleDefinition
  readonly params: Params
  readonly groupsMax: number
  readonly spill: Spill
}

/** Puts records into the groups of keysets. */
export class GroupMapper implements RowMapper {
  readonly counters: Readonly<Record<string, KeysetCounters>>
  readonly #keysets: readonly KeysetMapper[]
  readonly #names: readonly string[]
  readonly #running: Running = { name: '' }
  readonly #weight: Weight
  readonly #spill: Spill
  readonly #emit: Emit
  /** Taken since it spilled. */
  #records = 0

  constructor(keysets: readonly Keyset[], { rule, params, groupsMax, spill }: MapperOptions) {
    this.#weight = new Weight(groupsMax)
    this.#spill = spill
    this.#names = keysets.map(({ name }) => name)
    this.#keysets = keysets.map((keyset) => new KeysetMapper(keyset, this.#weight, this.#running))
    this.counters = Object.fromEntries(this.#keysets.map(({ counters }, at) => [this.#names[at], counters]))
    const { partsPreprocess = [], fieldTransforms = {} } = rule.options
    const isChanged = keysets.some((keyset) => keyset.partsPreprocess.length > 0)
    const options = { params, running: this.#running, place: 'partsPreprocess', isChangedLater: isChanged }
    const isTransformed = Object.keys(fieldTransforms).length > 0
    const transformed = transformChain(fieldTransforms, options, this.#fork(keysets, params))
    this.#emit = partsChain(partsPreprocess, { ...options, isChangedLater: isChanged || isTransformed }, transformed)
  }

  take(parts: Parts): string | number {
    const keysets = this.#keysets
    try {
      this.#emit(parts)
    } catch (error) {
      for (const keyset of keysets) keyset.drop()
      return reasonOf(error, this.#running)
    }
    let made = 0
    for (const keyset of keysets) {
      made += keyset.held
      keyset.add()
    }
    if (this.#weight.isOverAfter(++this.#records)) this.spill()
    return made
  }

  spill(): void {
    for (const [at, { table }] of this.#keysets.entries()) {
      const name = this.#names[at] ?? ''
      this.#spill.write('groups', name, table.lines())
      this.#spill.write('values', name, table.valueLines())
      table.clear()
    }
    this.#weight.clear()
    this.#records = 0
  }

  /** Hands a record to each keyset: a copy where the functions of one might change it for the next. */
  #fork(keysets: readonly Keyset[], params: Params): Emit {
    const emits = keysets.map(({ name, partsPreprocess }, at): Emit => {
      const mapper = this.#keysets[at]
      const hold: Emit = (parts) => mapper?.hold(parts)
      const place = `keyset ${name}: partsPreprocess`
      const chain = partsChain(partsPreprocess, { params, running: this.#running, place, isChangedLater: false }, hold)
      return partsPreprocess.length > 0 && at < keysets.length - 1 ? (parts) => chain(copyOf(parts)) : chain
    })
    const [only] = emits
    if (emits.length === 1 && only) return only
    return (parts) => {
      for (const emit of emits) emit(parts)
    }
  }
}
