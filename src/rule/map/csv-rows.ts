import type { Line } from '../../orders/rows/physical-lines.js'
import { withoutReturn } from '../../orders/rows/plain-rows.js'
import { QuotedRecords, textOf } from '../../orders/rows/quoted-records.js'
import type { CsvReaderOptions } from '../reader.js'
import { delimiterOf } from '../readers.js'
import type { Block } from './block.js'
import { CsvColumns } from './csv-columns.js'
import { takeJson } from './json-rows.js'
import type { Place, RowReader, RowSink } from './row-sink.js'

/** How a file is read that is CSV, or lines of JSON and CSV. */
export interface CsvRowsOptions {
  readonly csv: CsvReaderOptions
  /** A line that begins with `{`, where a record may begin, is JSON. */
  readonly isDynamic: boolean
  readonly firstLine: number | null
  /** The names of the header, which stands elsewhere; null when the first record is it, or there is none. */
  readonly header: readonly string[] | null
  /** Told of the header when it is met; what it throws ends the reading. */
  readonly onHeader: (names: readonly string[] | null, fault: string | null) => void
}

/** CSV by RFC 4180; empty lines are skipped. */
export class CsvRows implements RowReader {
  readonly #sink: RowSink
  readonly #options: CsvRowsOptions
  readonly #delimiter: string
  readonly #quoted: QuotedRecords
  #columns: CsvColumns
  #isHeaderDue: boolean
  /** Lines not yet read: after each block, those of a record that is still open. */
  #lines: readonly Line[] = []
  /** Where each of them is. */
  #places: readonly Place[] = []
  /** The number of the first line of the next block. */
  #nextLine: number | null

  constructor(sink: RowSink, options: CsvRowsOptions) {
    this.#sink = sink
    this.#options = options
    this.#delimiter = delimiterOf(options.csv)
    this.#quoted = new QuotedRecords(this.#delimiter)
    this.#columns = new CsvColumns(options.csv, options.header)
    this.#isHeaderDue = options.csv.header === true && options.header === null
    this.#nextLine = options.firstLine
  }

  read(block: Block): void {
    const held = this.#lines.length
    const more = block.lines()
    const first = this.#nextLine
    const places = this.#places
    const placeOf = (at: number): Place => {
      const place = places[at]
      if (place) return place
      return first === null ? { line: null, byte: block.startOf(at - held) } : { line: first + at - held, byte: null }
    }
    const lines = held > 0 ? [...this.#lines, ...more] : more
    const end = this.#read(lines, placeOf, false)
    this.#lines = lines.slice(end)
    this.#places = this.#lines.map((_, at) => placeOf(end + at))
    if (first !== null) this.#nextLine = first + more.length
  }

  end(): void {
    const places = this.#places
    this.#read(this.#lines, (at) => places[at] ?? { line: null, byte: null }, true)
    this.#lines = []
  }

  pass(lines: number): void {
    if (this.#nextLine !== null) this.#nextLine += lines
  }

  get isWithin(): boolean {
    return this.#isHeaderDue || this.#lines.length > 0
  }

  /** @returns The index of the first line that was not read. */
  #read(lines: readonly Line[], placeOf: (at: number) => Place, isLast: boolean): number {
    const { isDynamic } = this.#options
    let at = 0
    while (at < lines.length) {
      const line = lines[at] ?? ''
      if (isDynamic && textOf(line).startsWith('{')) {
        const fault = typeof line === 'string' ? takeJson(line, this.#sink) : line.bad
        if (fault !== null) this.#sink.bad(placeOf(at), fault, withoutReturn(textOf(line)))
        at++
      } else if (typeof line === 'string' && !line.includes('"')) {
        const text = withoutReturn(line)
        if (text !== '') this.#takeFields(text.split(this.#delimiter), text, placeOf, at)
        at++
      } else {
        const record = this.#quoted.recordAt(lines, at, isLast)
        if (record.kind === 'open') break
        if (record.kind === 'bad') this.#takeBad(placeOf(at), record.bad, record.raw)
        else this.#takeFields(record.fields, record.raw, placeOf, at)
        at += record.lines
      }
    }
    return at
  }

  #takeFields(fields: readonly string[], raw: string, placeOf: (at: number) => Place, at: number): void {
    if (this.#isHeaderDue) {
      this.#takeHeader(fields)
      return
    }
    const parts = this.#columns.parts(fields)
    const fault = typeof parts === 'string' ? parts : this.#sink.take(parts)
    if (fault !== null) this.#sink.bad(placeOf(at), fault, raw)
  }

  #takeBad(place: Place, bad: string, raw: string): void {
    if (this.#isHeaderDue) this.#options.onHeader(null, bad)
    this.#sink.bad(place, bad, raw)
  }

  #takeHeader(names: readonly string[]): void {
    const twice = names.find((name, at) => names.indexOf(name) < at)
    const fault = twice === undefined ? null : `it names the column '${twice}' more than once`
    this.#options.onHeader(names, fault)
    this.#isHeaderDue = false
    this.#columns = new CsvColumns(this.#options.csv, names)
  }
}
