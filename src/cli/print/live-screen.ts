import type { Output } from './output.js'

/** Lines that are redrawn in place; where there is no terminal they follow one another. */
export class LiveScreen {
  readonly #output: Output
  #height = 0

  constructor(output: Output) {
    this.#output = output
  }

  draw(lines: readonly string[]): void {
    if (!this.#output.isTerminal) {
      this.#output.write(`${lines.join('\n')}\n\n`)
      return
    }
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : ''
    // Wrapping is off while drawing: a line that took two rows would make the way up too short.
    const text = lines.map((line) => `${line}\u001b[K\n`).join('')
    this.#output.write(`${up}\r\u001b[?7l${text}\u001b[J\u001b[?7h`)
    this.#height = lines.length
  }
}
