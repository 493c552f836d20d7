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

/**
 * Records of a CSV by RFC 4180: a quote opens a field only where the field begins; between its quotes a line's end is content, and two
 * quotes are one. A quote elsewhere is a character like any other, so that one in `5" disk` swallows nothing.
 *
 * Goes from quote to quote, which the machine finds faster than a loop over bytes.
 */
export class CsvEnds implements RecordEnds {
  readonly #delimiter: number
  readonly #quotes = new QuoteFinder()
  #isFresh = true
  /** Between the quotes of a field. */
  #isInside = false
  /** The piece ended with a quote that closes the field, unless the next piece begins with another. */
  #isClosing = false
  /** The byte before this piece; a line's end where a record begins. */
  #before = LINE_FEED
  /** Bytes of a mark that have matched at the very start; the quote of the first field stands behind it. */
  #mark = 0
  isEmpty = true

  constructor(delimiter: number) {
    this.#delimiter = delimiter
  }

  next(piece: Uint8Array, from: number): number {
    if (this.#isFresh) this.restart()
    this.#isFresh = false
    const start = this.#afterMark(piece, from)
    const end = this.#search(piece, start)
    const contentEnd = end < 0 ? piece.length : end - 1
    for (let at = start; this.isEmpty && at < contentEnd; at++) this.isEmpty = piece[at] === CARRIAGE_RETURN
    if (end >= 0) this.#isFresh = true
    else if (piece.length > start) this.#before = piece[piece.length - 1] ?? LINE_FEED
    return end
  }

  restart(): void {
    this.#isFresh = true
    this.#isInside = false
    this.#isClosing = false
    this.#before = LINE_FEED
    this.isEmpty = true
  }

  #search(piece: Uint8Array, start: number): number {
    let at = start
    if (this.#isClosing && at < piece.length) {
      this.#isClosing = false
      if (piece[at] === QUOTE) at++
      else this.#isInside = false
    }
    let lineEnd = -2
    for (;;) {
      const quote = this.#quotes.next(piece, at)
      if (this.#isInside) {
        if (quote < 0) return -1
        this.#isClosing = quote + 1 === piece.length
        if (this.#isClosing) return -1
        this.#isInside = piece[quote + 1] === QUOTE
        at = this.#isInside ? quote + 2 : quote + 1
        continue
      }
      if (lineEnd === -2 || (lineEnd >= 0 && lineEnd < at)) lineEnd = piece.indexOf(LINE_FEED, at)
      if (lineEnd >= 0 && (quote < 0 || lineEnd < quote)) return lineEnd + 1
      if (quote < 0) return -1
      const before = quote > start ? piece[quote - 1] : this.#before
      this.#isInside = before === this.#delimiter || before === LINE_FEED
      at = quote + 1
    }
  }

  /** Where the piece goes on behind the mark that some programs put before the first field. */
  #afterMark(piece: Uint8Array, from: number): number {
    let at = from
    while (this.#mark < NO_MARK && at < piece.length) {
      if (piece[at] === BYTE_ORDER_MARK[this.#mark]) {
        this.#mark++
        at++
      } else {
        // A part of the mark is a part of the field.
        if (this.#mark > 0) this.#before = BYTE_ORDER_MARK[0] ?? 0
        this.#mark = NO_MARK
      }
    }
    return at
  }
}

/** Finds quotes, and looks through a piece without any once only. */
class QuoteFinder {
  #piece: Uint8Array | undefined
  /** The first quote at or after the last place that was asked for; -1: none. */
  #next = -1
  #from = 0

  next(piece: Uint8Array, at: number): number {
    const isKnown = piece === this.#piece && at >= this.#from && (this.#next < 0 || this.#next >= at)
    if (!isKnown) {
      this.#piece = piece
      this.#next = piece.indexOf(QUOTE, at)
      this.#from = at
    }
    return this.#next
  }
}
