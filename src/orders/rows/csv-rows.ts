import { Columns } from './columns.js'
import { type RecordParser, recordParser } from './csv-record.js'
import { type BadLine, LINE_BYTES_MAX, type Line, type LineBlock } from './physical-lines.js'
import { badRow, withoutReturn } from './plain-rows.js'
import type { Row } from './row.js'

/** How a CSV is written. */
export interface CsvOptions {
  readonly delimiter: string
  /** The first row names the columns. */
  readonly header: boolean
}

/**
 * CSV by RFC 4180: one order for each record; empty lines are skipped.
 *
 * A line without a quote, which most are, is split at once. One with a quote is joined with those that follow until
 * its quotes balance, and then read by papaparse. When that cannot be done, only the first of these lines is bad, and
 * reading goes on with the next, so that one stray quote does not swallow the file.
 *
 * @throws ArgumentError when the header cannot be read or names a column twice.
 */
export async function* csvRows(blocks: AsyncIterable<LineBlock>, options: CsvOptions): AsyncGenerator<readonly Row[]> {
  const reader = new CsvReader(options)
  for await (const block of blocks) yield reader.rows(block)
  yield reader.lastRows()
}

class CsvReader {
  readonly #delimiter: string
  readonly #columns: Columns
  #parse: RecordParser | undefined
  /** Lines not yet read: after each block, those of a record that is still open. */
  #lines: readonly Line[] = []
  #first = 1
  #at = 0

  constructor({ delimiter, header }: CsvOptions) {
    this.#delimiter = delimiter
    this.#columns = new Columns(header)
  }

  rows(block: LineBlock): readonly Row[] {
    this.#lines = this.#lines.length > 0 ? [...this.#lines, ...block.lines] : block.lines
    this.#first = block.first + block.lines.length - this.#lines.length
    return this.#read(false)
  }

  lastRows(): readonly Row[] {
    return this.#read(true)
  }

  /** @param isLast No more lines come, so that an open record is a fault. */
  #read(isLast: boolean): readonly Row[] {
    const rows: Row[] = []
    this.#at = 0
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] ?? ''
      const row = typeof line === 'string' && !line.includes('"') ? this.#plainLine(line) : this.#quotedRecord(isLast)
      if (row === 'open') break
      if (row) rows.push(row)
    }
    this.#lines = this.#lines.slice(this.#at)
    this.#first += this.#at
    return rows
  }

  #plainLine(line: string): Row | null {
    const number = this.#first + this.#at++
    const text = withoutReturn(line)
    return text === '' ? null : this.#columns.row(number, text.split(this.#delimiter), text)
  }

  #quotedRecord(isLast: boolean): Row | 'open' | null {
    const end = this.#recordEnd()
    if (end === 'open' && !isLast) return 'open'
    if (typeof end === 'string') return this.#wrongQuotes()

    const number = this.#first + this.#at
    const lines = this.#lines.slice(this.#at, end)
    const raw = withoutReturn(lines.map(textOf).join('\n'))
    const fault = lines.find((line): line is BadLine => typeof line !== 'string')
    if (fault) {
      this.#at = end
      return this.#columns.bad({ line: number, bad: fault.bad, raw })
    }
    this.#parse ??= recordParser(this.#delimiter)
    const fields = this.#parse(raw)
    if (!fields) return this.#wrongQuotes()
    this.#at = end
    return this.#columns.row(number, fields, raw)
  }

  /** The index after the line with which the quotes of the record that starts here balance. */
  #recordEnd(): number | 'open' | 'too long' {
    let quotes = 0
    let length = 0
    for (let at = this.#at; at < this.#lines.length; at++) {
      const text = textOf(this.#lines[at] ?? '')
      quotes += countQuotes(text)
      length += text.length + 1
      if (length > LINE_BYTES_MAX) return 'too long'
      if (quotes % 2 === 0) return at + 1
    }
    return 'open'
  }

  /** Gives up the line that is due, and only this one. */
  #wrongQuotes(): Row {
    const number = this.#first + this.#at
    const line = this.#lines[this.#at++] ?? ''
    const bad = 'wrong quotes: one is not closed, or stands where it may not'
    return this.#columns.bad(badRow(number, typeof line === 'string' ? { bad, raw: line } : line))
  }
}

const textOf = (line: Line): string => (typeof line === 'string' ? line : line.raw)

function countQuotes(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++
  return count
}
