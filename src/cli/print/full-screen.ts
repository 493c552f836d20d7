import type { Output } from './output.js'

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'

/** The whole screen, drawn anew each time; what was there before comes back when it is left. */
export class FullScreen {
  readonly #output: Output
  #isEntered = false

  constructor(output: Output) {
    this.#output = output
  }

  /** Lines that fit, the last one kept free for the cursor. */
  get height(): number {
    return this.#output.height - 1
  }

  draw(lines: readonly string[]): void {
    if (!this.#isEntered) this.#output.write(ENTER)
    this.#isEntered = true
    const text = lines
      .slice(0, this.height)
      .map((line) => `${line}\u001b[K\r\n`)
      .join('')
    this.#output.write(`\u001b[H${text}\u001b[J`)
  }

  /** Safe twice, and before the first drawing. */
  leave(): void {
    if (this.#isEntered) this.#output.write(LEAVE)
    this.#isEntered = false
  }
}
