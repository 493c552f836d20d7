import { withoutReturn } from '../../orders/rows/plain-rows.js'
import type { Block } from './block.js'
import { LineCounter, type RowReader, type RowSink } from './row-sink.js'

/** Lines as they are, each the field `line`; empty ones are skipped. */
export class PlainRows implements RowReader {
  readonly isWithin = false
  readonly #sink: RowSink
  readonly #lines: LineCounter

  constructor(sink: RowSink, firstLine: number | null) {
    this.#sink = sink
    this.#lines = new LineCounter(firstLine)
  }

  read(block: Block): void {
    const lines = block.lines()
    for (const [at, line] of lines.entries()) {
      const text = typeof line === 'string' ? withoutReturn(line) : line.raw
      if (text === '' && typeof line === 'string') continue
      const fault = typeof line === 'string' ? this.#sink.take({ line: text }) : line.bad
      if (fault !== null) this.#sink.bad(this.#lines.placeOf(block, at), fault, text)
    }
    this.#lines.pass(lines.length)
  }

  end(): void {}

  pass(lines: number): void {
    this.#lines.pass(lines)
  }
}
