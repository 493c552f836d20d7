import type { GroupScan } from './group-plan.js'
import type { RawText } from './raw-text.js'
import type { ScanMemory } from './scan-memory.js'
import type { ScanProgram } from './scan-program.js'
import type { ScannedGroup, ScannedValue } from './scanned.js'
import { countAt, SUMS_BYTES, scannedValue } from './scanned-sums.js'

/** Reads the groups of one scan from the memory of its program. */
export class ScannedGroups {
  readonly #program: ScanProgram
  readonly #memory: ScanMemory
  readonly #scan: GroupScan
  /** Of the scan, among those of the program. */
  readonly #index: number

  constructor(program: ScanProgram, memory: ScanMemory, [scan, index]: readonly [GroupScan, number]) {
    this.#program = program
    this.#memory = memory
    this.#scan = scan
    this.#index = index
  }

  get count(): number {
    return this.#program.groupCount(this.#index)
  }

  /** @param kinds What makes values of each kind of text. */
  *read(kinds: readonly RawText[]): Generator<ScannedGroup> {
    const program = this.#program
    const kindOffset = program.KIND.value
    const countOffset = program.COUNT.value
    const sumsOffset = program.SUMS.value
    const sizesOffset = program.sizesOffset(this.#index)
    for (let group = program.firstGroup(this.#index); group !== 0; group = program.nextGroup(group)) {
      const { view } = this.#memory
      const raw = kinds[view.getUint32(group + kindOffset, true)] as RawText
      yield {
        fields: this.#fields(view, group + sizesOffset, raw),
        count: countAt(view, group + countOffset),
        values: this.#values(view, group + sumsOffset),
      }
    }
  }

  #fields(view: DataView, sizes: number, raw: RawText): readonly unknown[] {
    const { fields } = this.#scan
    const { bytes } = this.#memory
    const count = fields?.length ?? 1
    const values: unknown[] = []
    let at = sizes + count * 4
    for (let field = 0; field < count; field++) {
      const size = view.getUint32(sizes + field * 4, true)
      if (size === 0) values.push(undefined)
      else {
        const text = bytes.toString('utf8', at, at + size - 1)
        values.push(fields === null ? raw.record(text) : raw.field(text))
        at += (size + 14) & ~15
      }
    }
    return values
  }

  #values(view: DataView, sums: number): readonly ScannedValue[] {
    return this.#scan.values.map((_, at) => scannedValue(view, sums + at * SUMS_BYTES))
  }
}
