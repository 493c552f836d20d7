import { isUtf8 } from 'node:buffer'
import { type RecordParser, recordParser } from './csv-record.js'
import { LINE_BYTES_MAX } from './physical-lines.js'
import { withoutReturn } from './plain-rows.js'
import { RecordExtent } from './record-extent.js'
import { strictRecordEnd } from './strict-record.js'

const LINE_FEED = 0x0a
const QUOTE = 0x22
const BRACE = 0x7b
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/** How a CSV is written, as far as it tells where records end. */
export interface CsvShape {
  readonly delimiter: string
  /** A line that begins with `{`, where a record may begin, is JSON, and its quotes are its own. */
  readonly isDynamic?: boolean
}

/** `more`: it takes more bytes than these to tell. `on`: it goes on with the bytes that follow, and these need not come again. */
export type RecordEnd = number | 'more' | 'on'

/** Finds where records of a CSV end in bytes: where `QuotedRecords`, which reads them, goes on with the next. */
export class CsvEnds {
  readonly #isDynamic: boolean
  /** The delimiter as a byte; -1 when it is none. */
  readonly #delimiter: number
  readonly #parse: RecordParser
  readonly #quotes = new QuoteFinder()
  /** No record has ended yet: a byte order mark may stand before this one. */
  #isStart = true
  #isLong = false

  constructor({ delimiter, isDynamic = false }: CsvShape) {
    this.#isDynamic = isDynamic
    this.#delimiter = Buffer.byteLength(delimiter) === 1 ? delimiter.charCodeAt(0) : -1
    this.#parse = recordParser(delimiter)
  }

  /**
   * The index behind the end of the record that begins at `from`.
   *
   * @param isLast No bytes come after these, and `more` is never the answer: what has no end, ends with them.
   */
  next(bytes: Uint8Array, from: number, isLast: boolean): RecordEnd {
    const lineEnd = bytes.indexOf(LINE_FEED, from)
    if (lineEnd < 0 && !isLast) {
      this.#isLong ||= bytes.length - from > LINE_BYTES_MAX
      return this.#isLong ? 'on' : 'more'
    }
    const firstEnd = lineEnd < 0 ? bytes.length : lineEnd + 1
    const end = this.#isLong ? firstEnd : this.#recordEnd(bytes, from, firstEnd, isLast)
    if (end === 'more') return end
    this.#isLong = false
    this.#isStart = false
    return end
  }

  /** Records that come before were found elsewhere. */
  pass(): void {
    this.#isStart = false
  }

  /** Forgets a long line of which bytes were seen: they come again. */
  restart(): void {
    this.#isLong = false
  }

  #recordEnd(bytes: Uint8Array, from: number, firstEnd: number, isLast: boolean): number | 'more' {
    const quote = this.#quotes.next(bytes, from)
    if (quote < 0 || quote >= firstEnd || countQuotes(bytes, quote, firstEnd) % 2 === 0) return firstEnd
    const start = this.#isStart && hasMark(bytes, from) ? from + BYTE_ORDER_MARK.length : from
    if (this.#isDynamic && bytes[start] === BRACE) return firstEnd
    const strictEnd = strictRecordEnd(bytes, start, this.#delimiter)
    if (strictEnd >= 0 && strictEnd - start <= LINE_BYTES_MAX) return strictEnd
    const end = extentEnd(bytes, start, isLast)
    if (typeof end === 'string') return end === 'open' && !isLast ? 'more' : firstEnd
    return this.#isRecord(bytes, start, end) ? end : firstEnd
  }

  /** Whether lines read as one record, or hold what cannot be read at all. */
  #isRecord(bytes: Uint8Array, start: number, end: number): boolean {
    const record = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
    if (!isUtf8(record) || record.includes(0)) return true
    const text = record.toString()
    return this.#parse(withoutReturn(text.endsWith('\n') ? text.slice(0, -1) : text)) !== null
  }
}

const hasMark = (bytes: Uint8Array, from: number): boolean =>
  BYTE_ORDER_MARK.every((byte, at) => bytes[from + at] === byte)

/** The index behind the line with which the quotes balance. */
function extentEnd(bytes: Uint8Array, start: number, isLast: boolean): number | 'open' | 'too long' {
  const extent = new RecordExtent()
  for (let at = start; at < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, at)
    // What has come of a line may be too much as it is.
    const isWhole = found >= 0 || isLast
    const end = found < 0 ? bytes.length : found
    const state = extent.add(countQuotes(bytes, at, end), end - at)
    if (state === 'too long') return state
    if (!isWhole) return 'open'
    if (state === 'ended') return found < 0 ? end : end + 1
    at = end + 1
  }
  return 'open'
}

/** By index, since each call of `indexOf` takes as long as some dozen bytes. */
function countQuotes(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) if (bytes[at] === QUOTE) count++
  return count
}

/** Finds quotes, and looks through bytes without any once only. */
class QuoteFinder {
  #bytes: Uint8Array | undefined
  /** The first quote at or after the last place that was asked for; -1: none. */
  #next = -1
  #from = 0

  next(bytes: Uint8Array, at: number): number {
    const isKnown = bytes === this.#bytes && at >= this.#from && (this.#next < 0 || this.#next >= at)
    if (!isKnown) {
      this.#bytes = bytes
      this.#next = bytes.indexOf(QUOTE, at)
      this.#from = at
    }
    return this.#next
  }
}
