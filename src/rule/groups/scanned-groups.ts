import type { GroupScan } from './group-plan.js'
import type { RawText } from './raw-text.js'
import type { ScanMemory } from './scan-memory.js'
import type { ScanProgram } from './scan-program.js'
import type { NumberedTexts, ScannedGroup, ScannedValue } from './scanned.js'
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
    const groupOf = this.#reader(kinds)
    for (let group = program.firstGroup(this.#index); group !== 0; group = program.nextGroup(group)) {
      yield groupOf(group, view.getUint32(group + kindOffset, true))
    }
  }

  /** What makes a group of a place, and of the kind of its texts. */
  #reader(kinds: readonly RawText[]): (at: number, kind: number) => ScannedGroup {
    const program = this.#program
    const { bytes, view } = this.#memory
    const { fields, values } = this.#scan
    const places = { count: program.COUNT.value, sums: program.sumsOffset(this.#index), values: values.length }
    if (fields !== null && fields.length !== 1) {
      const numbers = program.NUMBERS.value
      const texts = kinds.map((raw) => ({
        ...{ view, numbers, places },
        values: this.#names.map((name) => new TextValues(program, this.#memory, { name, raw })),
      }))
      return (at, kind) => new NumberedGroup(texts[kind] as Numbering, at)
    }
    const own = program.ownTextOffset(this.#index)
    return (at, kind) => {
      const raw = kinds[kind] as RawText
      const size = view.getUint32(at + own, true)
      if (size === 0) return new OwnGroup(MISSING, { view, at, places })
      const text = bytes.toString('utf8', at + own + 4, at + own + 3 + size)
      return new OwnGroup([fields === null ? raw.record(text) : raw.field(text)], { view, at, places })
    }
  }
}

const MISSING: readonly unknown[] = [undefined]

/** Where in a group is what it has, and how many values it sums. */
interface Places {
  readonly count: number
  readonly sums: number
  readonly values: number
}

/** What groups of one kind of texts have in common. */
interface Numbering {
  readonly view: DataView
  /** Where in a group the numbers of its texts are. */
  readonly numbers: number
  readonly places: Places
  /** Of each field. */
  readonly values: readonly TextValues[]
}

/** Its values are made, and its sums are read, when they are asked for: of most groups that a filter leaves out, nobody does. */
class NumberedGroup implements ScannedGroup, NumberedTexts {
  readonly numbering: Numbering
  readonly #at: number

  constructor(numbering: Numbering, at: number) {
    this.numbering = numbering
    this.#at = at
  }

  get texts(): NumberedTexts {
    return this
  }

  get count(): number {
    const { view, places } = this.numbering
    return countAt(view, this.#at + places.count)
  }

  get fields(): readonly unknown[] {
    return this.numbering.values.map((_, field) => this.value(field))
  }

  get values(): readonly ScannedValue[] {
    const { view, places } = this.numbering
    return sumsAt(view, this.#at + places.sums, places.values)
  }

  number(field: number): number {
    const { view, numbers } = this.numbering
    return view.getUint32(this.#at + numbers + field * 4, true)
  }

  value(field: number): unknown {
    return this.numbering.values[field]?.of(this.number(field))
  }
}

/** Of one field, or of whole records. */
class OwnGroup implements ScannedGroup {
  readonly fields: readonly unknown[]
  readonly count: number
  readonly #sums: { readonly view: DataView; readonly at: number; readonly places: Places }

  constructor(
    fields: readonly unknown[],
    sums: { readonly view: DataView; readonly at: number; readonly places: Places },
  ) {
    this.fields = fields
    this.count = countAt(sums.view, sums.at + sums.places.count)
    this.#sums = sums
  }

  get values(): readonly ScannedValue[] {
    const { view, at, places } = this.#sums
    return sumsAt(view, at + places.sums, places.values)
  }
}

function sumsAt(view: DataView, at: number, count: number): readonly ScannedValue[] {
  const values: ScannedValue[] = []
  for (let value = 0; value < count; value++) values.push(scannedValue(view, at + value * SUMS_BYTES))
  return values
}
