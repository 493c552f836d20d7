import { type Running, reasonOf } from '../map/function-fault.js'
import { copyOfValue, type Emit } from '../map/parts-chain.js'
import { recordChain } from '../map/record-chain.js'
import type { GroupMapper } from '../map/row-mapper.js'
import type { Keyset, Params, Parts, RuleDefinition } from '../rule.js'
import { DroppedFields } from './dropped-fields.js'
import type { GroupScan } from './group-plan.js'
import { KeysetScan } from './keyset-scan.js'
import type { Needs } from './needs.js'
import { Recorder } from './recorder.js'
import type { ScannedGroup } from './scanned.js'

/** What a scan mapper is made of. */
export interface ScanMapperOptions {
  readonly rule: RuleDefinition
  readonly params: Params
  /** All that the mapper has, in its order. */
  readonly keysets: readonly Keyset[]
  /** Where groups go. */
  readonly mapper: GroupMapper
}

/** What came of a record. */
interface Outcome {
  readonly text: string
  /** What is wrong with it. */
  readonly fault: string | null
}

/** Runs the functions of a rule once for each group of a scan, for all its records. */
export class ScanMapper {
  readonly #mapper: GroupMapper
  /** Null: records are whole. */
  readonly #recorder: Recorder | null
  readonly #needs: Needs
  readonly #ends: readonly KeysetScan[]
  readonly #emit: Emit
  readonly #running: Running = { name: '' }
  readonly #dropped = new DroppedFields()
  /** Of a sample: a record has come as far as a keyset, with all of its key. */
  isHeld = false

  /** @param scan With `isSample` its records are whole ones that tell what is asked of them, and all that a scan should sum is asked for. */
  constructor(scan: GroupScan, { rule, params, keysets, mapper }: ScanMapperOptions, isSample = false) {
    this.#mapper = mapper
    const recorder = new Recorder(isSample ? null : (scan.fields ?? []))
    this.#recorder = scan.fields === null && !isSample ? null : recorder
    this.#needs = recorder.needs
    const running = this.#running
    const ends = scan.keysets.map((name) => {
      const at = keysets.findIndex((keyset) => keyset.name === name)
      const keyset = keysets[at] as Keyset
      const ofMany = new KeysetScan({
        ...{ keyset, values: scan.values, recorder, running },
        mapper: mapper.keysets[at] as GroupMapper['keysets'][number],
      })
      return { keyset, ofMany, hold: (parts: Parts) => ofMany.hold(parts) }
    })
    this.#ends = ends.map(({ ofMany }) => ofMany)
    const copy = (parts: Parts) => recorder.copyOf(parts)
    const changed = (parts: Parts, field: string) => recorder.of(parts)?.changed(field) ?? parts
    this.#emit = recordChain(ends, { rule, params, running, copy, changed })
  }

  /** What was asked for that its records do not hold; of a sample, all that was asked for. */
  get needs(): Needs {
    return this.#needs
  }

  /**
   * Takes a group, unless its functions ask for more than there is: then `needs` says so, and nothing was taken.
   *
   * @returns What is wrong with its records, which then count nowhere; else how many records its functions made of each.
   */
  take(group: ScannedGroup): string | number {
    const made = this.#dropped.has(group.fields) ? 0 : this.#make(group)
    if (typeof made === 'number' && this.#needs.isEmpty) this.#mapper.passed()
    return made
  }

  #make(group: ScannedGroup): string | number {
    const { fields, count } = group
    const recorder = this.#recorder
    const fault = this.#run(this.#recordOf(fields))
    if (fault !== null || !this.#needs.isEmpty) {
      this.#drop()
      return fault ?? 0
    }
    let made = 0
    for (const { held } of this.#ends) made += held
    if (made > 0) {
      const { values } = group
      for (const end of this.#ends) end.add(count, values)
    } else if (recorder !== null) this.#dropped.add(fields, recorder.read)
    return made
  }

  /** Finds what functions and keysets ask of a record of a sample; counts nothing. @returns What is wrong with it. */
  look(parts: Parts): string | null {
    const fault = this.#run(this.#recorder === null ? parts : this.#recorder.sample(parts))
    this.isHeld ||= this.#ends.some(({ isKeyed }) => isKeyed)
    this.#drop()
    return fault
  }

  /** As `look`. @returns What came of it, as text: the same for the same record, unless functions depend on something else. */
  outcome(parts: Parts): string {
    return this.#outcome(this.#recorder === null ? parts : this.#recorder.sample(parts)).text
  }

  /** The same of a group, which is as it was afterwards, and what is wrong with it; `needs` has what it asked for besides. */
  outcomeOf({ fields }: ScannedGroup): Outcome {
    return this.#outcome(this.#recordOf(fields.map(copyOfValue)))
  }

  #outcome(parts: Parts): Outcome {
    const fault = this.#run(parts)
    const text = fault ?? this.#ends.map(({ heldText }) => heldText).join('\n')
    this.#drop()
    return { text, fault }
  }

  #recordOf(fields: readonly unknown[]): Parts {
    return this.#recorder === null ? (fields[0] as Parts) : this.#recorder.record(fields)
  }

  #run(parts: Parts): string | null {
    try {
      this.#emit(parts)
      return null
    } catch (error) {
      if (this.#recorder === null || !isCloneFault(error)) return reasonOf(error, this.#running)
      // A record that is watched cannot be cloned, and a whole one can.
      this.#needs.isAll = true
      return null
    }
  }

  #drop(): void {
    for (const end of this.#ends) end.drop()
  }
}

/** What `structuredClone` and messages to threads throw. */
const isCloneFault = (error: unknown): boolean => error instanceof Error && error.name === 'DataCloneError'
