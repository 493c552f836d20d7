import type { GroupScan, ScanValue } from './group-plan.js'
import type { RawText } from './raw-text.js'
import type { ScanMemory } from './scan-memory.js'
import type { ScanProgram } from './scan-program.js'
import type { ScannedGroup, ScannedValue } from './scanned.js'
import { countAt, SUMS_BYTES, scannedValue } from './scanned-sums.js'
import { TextValues } from './text-values.js'

/** Reads the groups of one scan from the memory of its program. */
export class ScannedGroups {
  readonly #program: ScanProgram
  readonly #memory: ScanMemory
  readonly #scan: GroupScan
  /** Of the scan, among those of the program. */
  readonly #index: number
  /** The program's names of its fields. */
  readonly #names: readonly number[]

  constructor(
    program: ScanProgram,
    memory: ScanMemory,
    { scan, index, names }: { readonly scan: GroupScan; readonly index: number; readonly names: readonly number[] },
  ) {
    this.#program = program
    this.#memory = memory
    this.#scan = scan
    this.#index = index
    this.#names = names
  }

  get count(): number {
    return this.#program.groupCount(this.#index)
  }

  /** @param kinds What makes values of each kind of text. */
  *read(kinds: readonly RawText[]): Generator<ScannedGroup> {
    const program = this.#program
    const { view } = this.#memory
    const kindOffset = program.KIND.value
    const countOffset = program.COUNT.value
    const sumsOffset = program.sumsOffset(this.#index)
    const fieldsOf = this.#fieldsReader(kinds)
    const { values } = this.#scan
    for (let group = program.firstGroup(this.#index); group !== 0; group = program.nextGroup(group)) {
      const fields = fieldsOf(group, view.getUint32(group + kindOffset, true))
      const count = countAt(view, group + countOffset)
      yield new MemoryGroup({ fields, count }, { view, at: group + sumsOffset, values })
    }
  }

  /** What makes the values of a group's fields, of whose text the kind is given. */
  #fieldsReader(kinds: readonly RawText[]): (group: number, kind: number) => readonly unknown[] {
    const { bytes, view } = this.#memory
    const { fields } = this.#scan
    if (fields !== null && fields.length !== 1) return this.#numbersReader(kinds)
    const offset = this.#program.ownTextOffset(this.#index)
    return (group, kind) => {
      const raw = kinds[kind] as RawText
      const size = view.getUint32(group + offset, true)
      if (size === 0) return MISSING
      const at = group + offset + 4
      const text = bytes.toString('utf8', at, at + size - 1)
      return [fields === null ? raw.record(text) : raw.field(text)]
    }
  }

  #numbersReader(kinds: readonly RawText[]): (group: number, kind: number) => readonly unknown[] {
    const { view } = this.#memory
    const numbers = this.#program.NUMBERS.value
    const values = kinds.map((raw) =>
      this.#names.map((name) => new TextValues(this.#program, this.#memory, { name, raw })),
    )
    return (group, kind) => {
      const list = values[kind] as readonly TextValues[]
      const fields: unknown[] = []
      for (let at = 0; at < list.length; at++) {
        fields.push((list[at] as TextValues).of(view.getUint32(group + numbers + at * 4, true)))
      }
      return fields
    }
  }
}

const MISSING: readonly unknown[] = [undefined]

/** Where a group's sums are, and of which values. */
interface Sums {
  readonly view: DataView
  readonly at: number
  readonly values: readonly ScanValue[]
}

/** Its sums are read when they are asked for: of most groups that a filter leaves out, nobody does. */
class MemoryGroup implements ScannedGroup {
  readonly fields: readonly unknown[]
  readonly count: number
  readonly #sums: Sums

  constructor({ fields, count }: Pick<ScannedGroup, 'fields' | 'count'>, sums: Sums) {
    this.fields = fields
    this.count = count
    this.#sums = sums
  }

  get values(): readonly ScannedValue[] {
    const { view, at, values } = this.#sums
    const { count } = this
    return values.map(({ isNumber }, index) => scannedValue(view, at + index * SUMS_BYTES, { count, isNumber }))
  }
}
