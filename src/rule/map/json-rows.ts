import type { Parts } from '../rule.js'
import type { Block } from './block.js'
import { LineCounter, type RowReader, type RowSink } from './row-sink.js'

/** What stands for a line that holds nothing. */
const EMPTY = ''

/**
 * Hands the object of a line of JSON to a sink.
 *
 * @returns What is wrong with it; empty when the line was, null when all went well.
 */
export function takeJson(line: string, sink: RowSink): string | null {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    return line.trim() === '' ? EMPTY : `not JSON: ${(error as Error).message}`
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return sink.take(json as Parts)
  return `JSON, but no object: ${json === null ? 'null' : Array.isArray(json) ? 'a list' : `a ${typeof json}`}`
}

/** Lines of JSON, each an object. */
export class JsonRows implements RowReader {
  readonly isWithin = false
  readonly #sink: RowSink
  readonly #lines: LineCounter

  constructor(sink: RowSink, firstLine: number | null) {
    this.#sink = sink
    this.#lines = new LineCounter(firstLine)
  }

  read(block: Block): void {
    const { text, faults } = block
    const sink = this.#sink
    let at = 0
    for (let start = 0; start < text.length; at++) {
      const found = text.indexOf('\n', start)
      const end = found < 0 ? text.length : found
      const line = text.slice(start, end)
      start = end + 1
      const fault = line === '' ? EMPTY : takeJson(line, sink)
      if (fault !== null && fault !== EMPTY) sink.bad(this.#lines.placeOf(block, at), fault, line)
      else if (line === '' && faults !== null) this.#readFault(block, at)
    }
    this.#lines.pass(at)
  }

  end(): void {}

  pass(lines: number): void {
    this.#lines.pass(lines)
  }

  #readFault(block: Block, at: number): void {
    const fault = block.faults?.get(at)
    if (fault) this.#sink.bad(this.#lines.placeOf(block, at), fault.bad, fault.raw)
  }
}
