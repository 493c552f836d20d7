import { type RecordParser, recordParser } from './csv-record.js'
import { type BadLine, countQuotes, type Line } from './physical-lines.js'
import { withoutReturn } from './plain-rows.js'
import { RecordExtent } from './record-extent.js'

/** What begins at a line of a CSV: one of its own, or a record that has quotes. */
export type CsvRecord =
  | { readonly kind: 'open' }
  | { readonly kind: 'bad'; readonly lines: number; readonly bad: string; readonly raw: string }
  | { readonly kind: 'fields'; readonly lines: number; readonly fields: readonly string[]; readonly raw: string }

const WRONG_QUOTES = 'wrong quotes: one is not closed, or stands where it may not'

/** Reads records that may span lines, as `RecordExtent` has it. `CsvEnds` finds the same ones in bytes. */
export class QuotedRecords {
  readonly #parse: RecordParser

  constructor(delimiter: string) {
    this.#parse = recordParser(delimiter)
  }

  /**
   * The record that begins at a line which has a quote, or is bad.
   *
   * @param isLast No more lines come, so that an open record is a fault.
   */
  recordAt(lines: readonly Line[], start: number, isLast: boolean): CsvRecord {
    const first = lines[start] ?? ''
    if (typeof first === 'string' && countQuotes(first) % 2 === 0) return this.#parsed(withoutReturn(first), 1, first)
    const end = recordEnd(lines, start)
    if (end === 'open' && !isLast) return { kind: 'open' }
    if (typeof end === 'string') return wrongQuotes(first)
    const record = lines.slice(start, end)
    const raw = withoutReturn(record.map(textOf).join('\n'))
    const fault = record.find((line): line is BadLine => typeof line !== 'string')
    if (fault) return { kind: 'bad', lines: record.length, bad: fault.bad, raw }
    return this.#parsed(raw, record.length, first)
  }

  #parsed(raw: string, lines: number, first: Line): CsvRecord {
    const fields = this.#parse(raw)
    return fields ? { kind: 'fields', lines, fields, raw } : wrongQuotes(first)
  }
}

/** Gives up one line, and only this one. */
const wrongQuotes = (line: Line): CsvRecord => ({
  kind: 'bad',
  lines: 1,
  bad: typeof line === 'string' ? WRONG_QUOTES : line.bad,
  raw: withoutReturn(textOf(line)),
})

/** What a line shows of itself. */
export const textOf = (line: Line): string => (typeof line === 'string' ? line : line.raw)

/** The index behind the line with which the record that begins at `start` ends. */
function recordEnd(lines: readonly Line[], start: number): number | 'open' | 'too long' {
  // Bytes are counted only where there may be too many of them.
  const end = endBy(lines, start, (line) => line.length * 3)
  return end === 'too long' ? endBy(lines, start, Buffer.byteLength) : end
}

function endBy(lines: readonly Line[], start: number, bytesOf: (line: string) => number): number | 'open' | 'too long' {
  const extent = new RecordExtent()
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const isText = typeof line === 'string'
    const state = isText ? extent.add(countQuotes(line), bytesOf(line)) : extent.add(line.quotes, line.bytes)
    if (state !== 'open') return state === 'ended' ? at + 1 : state
  }
  return 'open'
}
