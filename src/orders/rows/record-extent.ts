import { LINE_BYTES_MAX } from './physical-lines.js'

/**
 * How far a record of a CSV may go: from the line where it begins to the one with which its quotes balance, in `LINE_BYTES_MAX` at the most.
 *
 * That is so far as counting goes. These lines are a record when they read as one; else the first of them stands alone, and is bad,
 * and the next record may begin with the next line, so that one stray quote does not swallow the file. Whether a record
 * is one shows in no line that comes after it, nor before it: so what is cut between records reads as the whole does.
 */
export class RecordExtent {
  #quotes = 0
  #bytes = 0

  /** Takes the next line. @param bytes Without the line's end. */
  add(quotes: number, bytes: number): 'ended' | 'open' | 'too long' {
    this.#quotes += quotes
    this.#bytes += bytes + 1
    if (this.#bytes > LINE_BYTES_MAX) return 'too long'
    return this.#quotes % 2 === 0 ? 'ended' : 'open'
  }
}
