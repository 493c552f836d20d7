import { Columns } from './columns.js'
import type { Line, LineBlock } from './physical-lines.js'
import { withoutReturn } from './plain-rows.js'
import { QuotedRecords } from './quoted-records.js'
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
 * A line without a quote, which most are, is split at once.
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
  readonly #quoted: QuotedRecords
  /** Lines not yet read: after each block, those of a record that is still open. */
  #lines: readonly Line[] = []
  #first = 1
  #at = 0

  constructor({ delimiter, header }: CsvOptions) {
    this.#delimiter = delimiter
    this.#columns = new Columns(header)
    this.#quoted = new QuotedRecords(delimiter)
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
    const record = this.#quoted.recordAt(this.#lines, this.#at, isLast)
    if (record.kind === 'open') return 'open'
    const line = this.#first + this.#at
    this.#at += record.lines
    if (record.kind === 'bad') return this.#columns.bad({ line, bad: record.bad, raw: record.raw })
    return this.#columns.row(line, record.fields, record.raw)
  }
}
