import { type RecordParser, recordParser } from '../../orders/rows/csv-record.js'
import type { CsvReaderOptions } from '../reader.js'
import { delimiterOf } from '../readers.js'
import { type BadLine, LINE_BYTES_MAX } from './block.js'
import { withoutReturn } from './plain-rows.js'

/** A line, or what stands for one that no format can read. */
export type Line = string | BadLine

/** What begins at a line of a CSV: one of its own, or a record that has quotes. */
export type CsvRecord =
  | { readonly kind: 'open' }
  | { readonly kind: 'bad'; readonly lines: number; readonly bad: string; readonly raw: string }
  | { readonly kind: 'fields'; readonly lines: number; readonly fields: readonly string[]; readonly raw: string }

const WRONG_QUOTES = 'wrong quotes: one is not closed, or stands where it may not'

/**
 * Finds records that may span lines. A line with a quote is joined with those that follow until its quotes balance. When that
 * makes no record, only the first of these lines is bad, and reading goes on with the next, so that one stray quote does not
 * swallow the file.
 */
export class QuotedRecords {
  readonly #parse: RecordParser

  constructor(options: CsvReaderOptions) {
    this.#parse = recordParser(delimiterOf(options))
  }

  /**
   * The record that begins at a line which has a quote, or is bad.
   *
   * @param isLast No more lines come, so that an open record is a fault.
   */
  recordAt(lines: readonly Line[], start: number, isLast: boolean): CsvRecord {
    const end = recordEnd(lines, start)
    const first = lines[start] ?? ''
    if (typeof first === 'string' && end === start + 1) return this.#parsed(withoutReturn(first), 1, first)
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

/** Whether a line, where a record may begin, is one of JSON. */
export const isJsonLine = (line: Line): boolean => textOf(line).startsWith('{')

/** Gives up one line, and only this one. */
const wrongQuotes = (line: Line): CsvRecord => ({
  kind: 'bad',
  lines: 1,
  bad: typeof line === 'string' ? WRONG_QUOTES : line.bad,
  raw: withoutReturn(textOf(line)),
})

/** What a line shows of itself. */
export const textOf = (line: Line): string => (typeof line === 'string' ? line : line.raw)

/** The index behind the line with which the quotes of the record that begins at `start` balance. */
function recordEnd(lines: readonly Line[], start: number): number | 'open' | 'too long' {
  let quotes = 0
  let length = 0
  for (let at = start; at < lines.length; at++) {
    const text = textOf(lines[at] ?? '')
    quotes += countQuotes(text)
    length += text.length + 1
    if (length > LINE_BYTES_MAX) return 'too long'
    if (quotes % 2 === 0) return at + 1
  }
  return 'open'
}

function countQuotes(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++
  return count
}
