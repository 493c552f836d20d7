import { formatCount } from '../../core/count.js'
import type { JsonText } from '../../core/json.js'
import { isTooDeep, JSON_DEPTH_MAX } from '../../core/json-depth.js'
import { PAYLOAD_BYTES_MAX } from '../../core/limits.js'

/** A row that can become an order. */
export interface GoodRow {
  /** The line where it starts, from 1; of NUL-separated text, the number of the entry. */
  readonly line: number
  readonly payload: JsonText
  /** Its text, for the case that the loader finds it to be bad. */
  readonly raw: string
}

/** A row that cannot. */
export interface BadRow {
  readonly line: number
  /** Why, in a few words that follow `FILE:LINE: `. */
  readonly bad: string
  /** Its text, without the line's end; bytes that are no UTF-8 are shown as U+FFFD, and a line over the bound is cut. */
  readonly raw: string
}

/** One row of an orders file. */
export type Row = GoodRow | BadRow

/** Whether a row cannot become an order. */
export const isBad = (row: Row): row is BadRow => 'bad' in row

/** What is bad about JSON that {@link isTooDeep}. */
export const TOO_DEEP: string = `nested more than ${JSON_DEPTH_MAX} levels deep`

/** A row with this payload, or a bad one when the payload is over `PAYLOAD_BYTES_MAX`, or nested too deep. */
export function rowOf(line: number, payload: JsonText, raw: string): Row {
  if (isTooDeep(payload)) return { line, bad: TOO_DEEP, raw }
  // No character takes more than three bytes of UTF-8 for each of its units, so short text need not be measured.
  if (payload.length * 3 <= PAYLOAD_BYTES_MAX) return { line, payload, raw }
  const bytes = Buffer.byteLength(payload)
  if (bytes <= PAYLOAD_BYTES_MAX) return { line, payload, raw }
  return { line, bad: `${formatCount(bytes)} bytes; at most ${formatCount(PAYLOAD_BYTES_MAX)} fit`, raw }
}
