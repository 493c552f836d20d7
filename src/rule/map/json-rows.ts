import type { Parts } from '../rule.js'
import type { Block } from './block.js'
import { RowScan, type RowTally, scanOfThread } from './row-scan.js'
import { LineCounter, type RowReader, type RowSink } from './row-sink.js'

/** What stands for a line that holds nothing. */
const EMPTY = ''

const LINE_END = 10

/**
 * Hands the object of a line of JSON to a sink.
 *
 * @returns What is wrong with it; empty when the line was, null when all went well.
 */
export function takeJson(line: string, sink: RowSink): string | null {
  const json = parsed(line)
  return typeof json === 'string' ? json : sink.take(json)
}

/** @returns What is wrong with a line that is no object; empty when it is. */
function parsed(line: string): Parts | string {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    return line.trim() === '' ? EMPTY : `not JSON: ${(error as Error).message}`
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Parts
  return `JSON, but no object: ${json === null ? 'null' : Array.isArray(json) ? 'a list' : `a ${typeof json}`}`
}

/** Odd lines, and texts that are new, of which a quarter of so many may be met before it is asked whether these are too many. */
const LINES_TRIED = 2_000
const TEXTS_TRIED = 64_000

/** Lines of JSON, each an object. */
export class JsonRows implements RowReader {
  readonly isWithin = false
  readonly #sink: RowSink
  readonly #lines: LineCounter
  /** Fields that records had, in their order. */
  #names: readonly string[] = []
  readonly #tally: RowTally = { lines: 0, odd: 0, texts: 0, added: 0 }

  constructor(sink: RowSink, firstLine: number | null) {
    this.#sink = sink
    this.#lines = new LineCounter(firstLine)
  }

  read(block: Block): void {
    const scan = this.#isWorthScanning ? scanOfThread() : null
    if (scan?.takes(block.bytes.length) && block.isClean) this.#scan(block, scan)
    else this.#parse(block)
  }

  end(): void {}

  pass(lines: number): void {
    this.#lines.pass(lines)
  }

  /** Lines are hardly ever odd, and most of their texts came before. */
  get #isWorthScanning(): boolean {
    const { lines, odd, texts, added } = this.#tally
    return odd * 4 <= Math.max(lines, LINES_TRIED) && added * 4 <= Math.max(texts, TEXTS_TRIED)
  }

  #scan(block: Block, scan: RowScan): void {
    const { bytes } = block
    let at = 0
    let start = 0
    const passed = (fault: string | null, end: number) => {
      if (fault !== null && fault !== EMPTY) {
        sink.bad(this.#lines.placeOf(block, at), fault, bytes.toString('utf8', start, withoutEnd(bytes, end)))
      }
      at++
      start = end
    }
    const sink = this.#sink
    scan.setNames(this.#names)
    const taker = {
      record: (parts: Parts, end: number) => passed(sink.take(parts), end),
      blank: (end: number) => passed(EMPTY, end),
      odd: (from: number) => {
        const found = bytes.indexOf(LINE_END, from)
        const end = found < 0 ? bytes.length : found + 1
        const json = parsed(bytes.toString('utf8', from, withoutEnd(bytes, end)))
        if (typeof json !== 'string') this.#learn(json, scan)
        passed(typeof json === 'string' ? json : sink.take(json), end)
        return end
      },
    }
    scan.read(bytes, taker, this.#tally)
    this.#lines.pass(at)
  }

  /** Before a function changes it. */
  #learn(parts: Parts, scan: RowScan): void {
    const names = withNamesOf(parts, this.#names)
    if (names.length === this.#names.length) return
    this.#names = names
    scan.setNames(names)
  }

  #parse(block: Block): void {
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

  #readFault(block: Block, at: number): void {
    const fault = block.faults?.get(at)
    if (fault) this.#sink.bad(this.#lines.placeOf(block, at), fault.bad, fault.raw)
  }
}

const withoutEnd = (bytes: Buffer, end: number): number => (bytes[end - 1] === LINE_END ? end - 1 : end)

/** The names with those that a record has besides, each behind the one that is before it there. */
function withNamesOf(parts: Parts, names: readonly string[]): readonly string[] {
  const all = [...names]
  let behind = 0
  for (const name of Object.keys(parts)) {
    const at = all.indexOf(name)
    if (at < 0) all.splice(behind++, 0, name)
    else behind = at + 1
    if (all.length > RowScan.NAMES_MAX) return names
  }
  return all
}
