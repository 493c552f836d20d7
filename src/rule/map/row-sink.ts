import type { Parts } from '../rule.js'
import type { Block } from './block.js'

/** Where a record begins in its file: its line, or where that is not known, its byte. */
export interface Place {
  readonly line: number | null
  readonly byte: number | null
}

/** What takes the records of a piece. */
export interface RowSink {
  /** Takes a record; it is the sink's own. @returns What is wrong with it, or null when all went well. */
  take(parts: Parts): string | null
  /** @param text Of the record, or its start. */
  bad(place: Place, reason: string, text: string): void
}

/** Makes records of lines. */
export interface RowReader {
  read(block: Block): void
  /** No more blocks come. */
  end(): void
  /** Others have read so many lines, which would have come next. Not while it is within a record. */
  pass(lines: number): void
  /** It is within a record, or before the header: nobody else can read on. */
  readonly isWithin: boolean
}

/** Where lines of a piece are, whose first one has a number or not. */
export class LineCounter {
  #next: number | null

  /** @param firstLine Null when nobody knows. */
  constructor(firstLine: number | null) {
    this.#next = firstLine
  }

  /** @param at The index of a line of the block whose lines come next. */
  placeOf(block: Block, at: number): Place {
    return this.#next === null ? { line: null, byte: block.startOf(at) } : { line: this.#next + at, byte: null }
  }

  pass(lines: number): void {
    if (this.#next !== null) this.#next += lines
  }
}
