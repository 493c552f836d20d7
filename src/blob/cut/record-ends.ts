const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf]
/** No byte of the mark is expected any more. */
const NO_MARK: number = BYTE_ORDER_MARK.length

/** Finds where records end in bytes that come in pieces. */
export interface RecordEnds {
  /**
   * The index after the end of the record that goes on at `from`; -1 when it does not end in this piece, and the next piece goes on
   * with it.
   */
  next(piece: Uint8Array, from: number): number
  /** Whether the record that ended last, or that is still open, is an empty line, which readers pass over. */
  readonly isEmpty: boolean
  /** Forgets an open record: the next piece begins with one. */
  restart(): void
}

/** Records that are lines. */
export class LineEnds implements RecordEnds {
  /** Bytes up to this one make a line no less empty. */
  readonly #blankMax: number
  #isFresh = true
  isEmpty = true

  /** @param isJson Then a line of white space is empty, too. */
  constructor(isJson: boolean) {
    this.#blankMax = isJson ? SPACE : CARRIAGE_RETURN
  }

  next(piece: Uint8Array, from: number): number {
    if (this.#isFresh) this.isEmpty = true
    const at = piece.indexOf(LINE_FEED, from)
    const end = at < 0 ? piece.length : at
    // Mostly the first byte says it.
    for (let look = from; this.isEmpty && look < end; look++) {
      const byte = piece[look] ?? 0
      const isBlank = this.#blankMax === SPACE ? byte <= SPACE : byte === CARRIAGE_RETURN
      if (!isBlank) this.isEmpty = false
    }
    this.#isFresh = at >= 0
    return at < 0 ? -1 : at + 1
  }

  restart(): void {
    this.#isFresh = true
  }
}

/** Where the search stands in a record. `closing` is behind a quote that ended a field, unless another follows. */
type Place = 'field' | 'plain' | 'quoted' | 'closing'

/**
 * Records of a CSV by RFC 4180: a quote opens a field only where the field begins; between its quotes a line's end is content, and two
 * quotes are one. A quote elsewhere is a character like any other, so that one in `5" disk` swallows nothing.
 */
export class CsvEnds implements RecordEnds {
  readonly #delimiter: number
  #place: Place = 'field'
  #isFresh = true
  /** Bytes of a mark that have matched at the very start; the quote of the first field stands behind it. */
  #mark = 0
  isEmpty = true

  constructor(delimiter: number) {
    this.#delimiter = delimiter
  }

  next(piece: Uint8Array, from: number): number {
    if (this.#isFresh) this.isEmpty = true
    this.#isFresh = false
    let place = this.#place
    for (let at = from; at < piece.length; at++) {
      if (place === 'quoted') {
        // Long texts have few quotes: let the machine look for the next.
        at = piece.indexOf(QUOTE, at)
        if (at < 0) break
        place = 'closing'
        continue
      }
      const byte = piece[at] ?? 0
      if (byte === LINE_FEED) {
        this.#place = 'field'
        this.#isFresh = true
        this.#mark = NO_MARK
        return at + 1
      }
      if (byte === this.#delimiter) {
        place = 'field'
        this.#mark = NO_MARK
      } else if (byte === QUOTE && place !== 'plain') place = 'quoted'
      else if (place !== 'field' || !this.#isMark(byte)) place = 'plain'
      if (this.isEmpty && byte !== CARRIAGE_RETURN) this.isEmpty = false
    }
    this.#place = place
    return -1
  }

  restart(): void {
    this.#place = 'field'
    this.#isFresh = true
  }

  /** Whether a byte is one of the mark that some programs put before the first field. */
  #isMark(byte: number): boolean {
    const isNext = byte === BYTE_ORDER_MARK[this.#mark]
    this.#mark = isNext ? this.#mark + 1 : NO_MARK
    return isNext
  }
}
