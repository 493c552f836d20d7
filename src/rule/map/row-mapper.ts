import type { KeysetCounters } from '../counters.js'
import type { Keyset, Params, Parts, RuleDefinition } from '../rule.js'
import { type Running, reasonOf } from './function-fault.js'
import { KeysetMapper } from './keyset-mapper.js'
import { copyOf, type Emit } from './parts-chain.js'
import { recordChain } from './record-chain.js'
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
  readonly keysets: readonly KeysetMapper[]
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
    this.keysets = keysets.map((keyset) => new KeysetMapper(keyset, this.#weight, this.#running))
    this.counters = Object.fromEntries(this.keysets.map(({ counters }, at) => [this.#names[at], counters]))
    const ends = this.keysets.map((mapper, at) => ({
      keyset: keysets[at] as Keyset,
      hold: (parts: Parts) => mapper.hold(parts),
    }))
    this.#emit = recordChain(ends, { rule, params, running: this.#running, copy: copyOf })
  }

  take(parts: Parts): string | number {
    const { keysets } = this
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
    this.passed()
    return made
  }

  /** To be called after each record, or group of them: spills when it is time to. */
  passed(): void {
    if (this.#weight.isOverAfter(++this.#records)) this.spill()
    else for (let at = 0; at < this.keysets.length; at++) if (this.keysets[at]?.table.isDue) this.#spillTable(at)
  }

  spill(): void {
    for (const [at, keyset] of this.keysets.entries()) {
      keyset.tellParts()
      this.#spillTable(at)
    }
    this.#weight.clear()
    this.#records = 0
  }

  #spillTable(at: number): void {
    const { table } = this.keysets[at] as KeysetMapper
    const name = this.#names[at] ?? ''
    this.#spill.writeGroups(name, table)
    this.#spill.write('values', name, table.valueLines())
    table.clear()
  }
}
