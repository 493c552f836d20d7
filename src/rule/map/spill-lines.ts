import { quoted } from './spill-text.js'
import type { TextFile } from './text-file.js'

/** Bytes that are gathered before they are written. */
const BUFFER_BYTES = 64 * 1024

/** Bytes of a character at most, as JavaScript counts them, in quotes. */
const CHARACTER_BYTES = 3

/** Longer than any number is as text. */
const NUMBER_BYTES = 32

const QUOTE = 0x22
const COMMA = 0x2c
const LINE_END = 0x0a
const ZERO = 0x30
const BACKSLASH = 0x5c
const CAPITAL_N = 0x4e

/**
 * Lines of a spill, made as bytes. A line that is made as a text is many texts, all of them garbage: of 1.2 million lines a microsecond each,
 * and a third of that as bytes.
 */
export class SpillLines {
  readonly #bytes: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #used = 0
  #file: TextFile | null = null
  #wholeMax = 0

  /** What comes goes into a file; to be called when nothing is gathered. */
  begin(file: TextFile): void {
    this.#file = file
    this.#wholeMax = 0
  }

  /** The greatest magnitude of the sums since it began; infinite when one of them is not whole, or none that a double has. */
  get wholeMax(): number {
    return this.#wholeMax
  }

  /** Adds the two columns of a sum that is a whole number below 2^53. */
  wholeSum(value: number): void {
    const magnitude = Math.abs(value)
    if (magnitude > this.#wholeMax) this.#wholeMax = magnitude
    this.number(value)
    this.nothing()
  }

  /** Adds those of any other: a whole number, and doubles that belong to it. */
  otherSum(whole: number | bigint, doubles: readonly number[]): void {
    this.#wholeMax = Number.POSITIVE_INFINITY
    this.text(`,${whole}`)
    if (doubles.length === 0) this.nothing()
    else this.text(`,"[${doubles.join(',')}]"`)
  }

  /** Adds a part of a text, in quotes. */
  quoted(text: string, from = 0, to: number = text.length): void {
    const most = (to - from) * CHARACTER_BYTES + 2
    this.#need(most)
    if (most > BUFFER_BYTES || !this.#addPlain(text, from, to)) this.text(quoted(text.slice(from, to)))
  }

  /** Adds a text as it is. */
  text(text: string): void {
    const most = text.length * CHARACTER_BYTES
    this.#need(most)
    if (most > BUFFER_BYTES) this.#file?.writeBytes(Buffer.from(text))
    else this.#used += this.#bytes.write(text, this.#used)
  }

  /** Adds a comma and a number. */
  number(value: number): void {
    this.#need(NUMBER_BYTES)
    const bytes = this.#bytes
    bytes[this.#used++] = COMMA
    let rest = value | 0
    if (rest !== value || rest < 0) {
      this.text(String(value))
      return
    }
    let digits = 1
    for (let bound = 10; digits < 10 && rest >= bound; bound *= 10) digits++
    for (let at = this.#used + digits - 1; at >= this.#used; at--) {
      const next = (rest / 10) | 0
      bytes[at] = ZERO + rest - next * 10
      rest = next
    }
    this.#used += digits
  }

  /** Adds a comma and null. */
  nothing(): void {
    this.#need(NUMBER_BYTES)
    const bytes = this.#bytes
    bytes[this.#used++] = COMMA
    bytes[this.#used++] = BACKSLASH
    bytes[this.#used++] = CAPITAL_N
  }

  comma(): void {
    this.#need(1)
    this.#bytes[this.#used++] = COMMA
  }

  end(): void {
    this.#need(1)
    this.#bytes[this.#used++] = LINE_END
  }

  /** Writes what was gathered. */
  flush(): void {
    const used = this.#used
    this.#used = 0
    this.#file?.writeBytes(this.#bytes.subarray(0, used))
  }

  /** @returns False, and nothing was added, when there is more than plain ASCII. */
  #addPlain(text: string, from: number, to: number): boolean {
    const bytes = this.#bytes
    let at = this.#used
    bytes[at++] = QUOTE
    for (let place = from; place < to; place++) {
      const code = text.charCodeAt(place)
      if (code >= 0x80 || code === QUOTE) return false
      bytes[at++] = code
    }
    bytes[at++] = QUOTE
    this.#used = at
    return true
  }

  /** Room for so many bytes, if the buffer is as large. */
  #need(bytes: number): void {
    if (this.#used + bytes > BUFFER_BYTES) this.flush()
  }
}
