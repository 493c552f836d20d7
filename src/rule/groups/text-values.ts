import type { RawText } from './raw-text.js'
import type { ScanMemory } from './scan-memory.js'
import type { ScanProgram } from './scan-program.js'

/** Values of the texts that a program has numbered for one name: each is made once, and only when it is asked for. */
export class TextValues {
  readonly #program: ScanProgram
  readonly #memory: ScanMemory
  readonly #raw: RawText
  /** Where each text is, by its number. */
  readonly #places: number[] = [0]
  readonly #values: unknown[] = []
  #next: number

  /** @param of Which name of the program's, and what makes values of its texts. */
  constructor(program: ScanProgram, memory: ScanMemory, of: { readonly name: number; readonly raw: RawText }) {
    this.#program = program
    this.#memory = memory
    this.#raw = of.raw
    this.#next = program.firstText(of.name)
  }

  /** @param number 0 where a text is missing. */
  of(number: number): unknown {
    const known = this.#values[number]
    if (known !== undefined || number === 0) return known
    const value = this.#raw.field(this.#text(number))
    // Lists and objects are each record's own, to be changed as it likes.
    if (typeof value !== 'object') this.#values[number] = value
    return value
  }

  #text(number: number): string {
    const { SIZE, TEXT } = this.#program
    const { bytes, view } = this.#memory
    while (this.#places.length <= number) {
      this.#places.push(this.#next)
      this.#next = this.#program.nextOf(this.#next)
    }
    const at = this.#places[number] as number
    return bytes.toString('utf8', at + TEXT.value, at + TEXT.value + view.getUint32(at + SIZE.value, true) - 1)
  }
}
