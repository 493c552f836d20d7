import { RuleError } from '../../core/errors.js'
import { errorText } from '../../queue/thrown.js'
import { type KeysetCounters, noKeysetCounters } from '../counters.js'
import { MAP_KEYSET } from '../definition.js'
import { KEY_BYTES_MAX, sortedJson } from '../key-text.js'
import type { CombineFunction, MapFunction, Params, Parts, RuleDefinition } from '../rule.js'
import { functionName, RowFault, type Running, reasonOf } from './function-fault.js'
import { ownText } from './own-text.js'
import { copyOf, type Emit, partsChain, transformChain } from './parts-chain.js'
import type { MapperOptions, RowMapper } from './row-mapper.js'
import type { Spill } from './spill.js'
import { quoted } from './spill-text.js'
import { Weight } from './weight.js'

/** A key and a value, as JSON. */
interface Pair {
  readonly key: string
  readonly value: string
}

/** Runs the rule's own `map`, and `combine` over what is held of each key before it is spilled. */
export class PairMapper implements RowMapper {
  readonly #counters: KeysetCounters = noKeysetCounters()
  readonly counters: Readonly<Record<string, KeysetCounters>> = { [MAP_KEYSET]: this.#counters }
  readonly #rule: RuleDefinition
  readonly #params: Params
  readonly #combine: CombineFunction | undefined
  readonly #running: Running = { name: '' }
  readonly #weight: Weight
  readonly #spill: Spill
  readonly #emit: Emit
  #held: Pair[] = []
  #groups = new Map<string, string[]>()

  constructor(map: MapFunction, { rule, params, groupsMax, spill }: MapperOptions) {
    this.#rule = rule
    this.#params = params
    this.#combine = rule.options.combine
    this.#weight = new Weight(groupsMax)
    this.#spill = spill
    const { partsPreprocess = [], fieldTransforms = {} } = rule.options
    // What `map` gets is its own.
    const options = { params, running: this.#running, place: 'partsPreprocess', isChangedLater: true, copy: copyOf }
    const transformed = transformChain(fieldTransforms, options, this.#mapping(map))
    this.#emit = partsChain(partsPreprocess, options, transformed)
  }

  take(parts: Parts): string | number {
    this.#held = []
    try {
      this.#emit(parts)
    } catch (error) {
      return reasonOf(error, this.#running)
    }
    this.#counters.rows += this.#held.length
    for (const pair of this.#held) this.#add(pair)
    if (this.#weight.isOver) this.spill()
    return this.#held.length
  }

  spill(): void {
    for (const [key, values] of this.#groups) {
      for (const value of this.#combined(key, values)) this.#write({ key, value })
    }
    this.#groups = new Map()
    this.#weight.clear()
  }

  #mapping(map: MapFunction): Emit {
    const name = functionName(map, 'map')
    return (parts) => {
      this.#running.name = name
      const given: unknown = map(parts, this.#params)
      if (given === null || given === undefined) return
      if (typeof given !== 'object' || !(Symbol.iterator in given)) throw new RowFault('gave no list of [key, value]')
      for (const pair of given as Iterable<unknown>) {
        if (!Array.isArray(pair) || pair.length !== 2) throw new RowFault('gave what is no [key, value]')
        this.#held.push(pairOf(pair[0], pair[1]))
      }
    }
  }

  #add(pair: Pair): void {
    if (!this.#combine) {
      this.#write(pair)
      return
    }
    const values = this.#groups.get(pair.key)
    if (values) values.push(pair.value)
    else this.#groups.set(ownText(pair.key), [pair.value])
    this.#weight.add(pair.value.length)
  }

  #combined(key: string, values: readonly string[]): readonly string[] {
    const { combine } = this.#rule.options
    if (!combine) return values
    try {
      const parsed = values.map((value): unknown => JSON.parse(value))
      return [...combine(JSON.parse(key), parsed, this.#params)].map((value) => pairOf(null, value).value)
    } catch (cause) {
      const what = `${functionName(combine, 'combine')} threw for the key ${key.slice(0, 200)}: ${errorText(cause)}`
      throw new RuleError('function', `rule '${this.#rule.name}': ${what}`, { cause })
    }
  }

  #write({ key, value }: Pair): void {
    this.#spill.writeLine('pairs', MAP_KEYSET, `${quoted(key)},${quoted(value)}\n`)
  }
}

function pairOf(key: unknown, value: unknown): Pair {
  const text = sortedJson(key ?? null)
  if (Buffer.byteLength(text) > KEY_BYTES_MAX) throw new RowFault('gave a key of more than 1 MiB')
  return { key: text, value: sortedJson(value ?? null) }
}
