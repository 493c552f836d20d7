import type { ScanProgram } from './scan-program.js'

/** The memory of a program, which moves when it grows. */
export class ScanMemory {
  readonly #program: ScanProgram
  #bytes: Buffer
  #view: DataView

  constructor(program: ScanProgram) {
    this.#program = program
    this.#bytes = Buffer.from(program.memory.buffer)
    this.#view = new DataView(program.memory.buffer)
  }

  /** Good until the program scans. */
  get bytes(): Buffer {
    this.#follow()
    return this.#bytes
  }

  /** Good until the program scans. */
  get view(): DataView {
    this.#follow()
    return this.#view
  }

  #follow(): void {
    const { buffer } = this.#program.memory
    if (this.#bytes.buffer === buffer) return
    this.#bytes = Buffer.from(buffer)
    this.#view = new DataView(buffer)
  }
}
