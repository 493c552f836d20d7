import { CsvEnds, type CsvShape, type RecordEnd } from '../../orders/rows/csv-ends.js'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf]

/** Finds where records end in bytes that come in pieces. */
export interface RecordEnds {
  /**
   * The index after the end of the record that goes on at `from`.
   *
   * @param isLast No more pieces come, and `more` is never the answer.
   */
  next(piece: Uint8Array, from: number, isLast: boolean): RecordEnd
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

  next(piece: Uint8Array, from: number): RecordEnd {
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
    return at < 0 ? 'on' : at + 1
  }

  restart(): void {
    this.#isFresh = true
  }
}

/** Records of a CSV, which may span lines. */
export class CsvRecordEnds implements RecordEnds {
  readonly #ends: CsvEnds
  #isStart = true
  #isFresh = true
  isEmpty = true

  constructor(shape: CsvShape) {
    this.#ends = new CsvEnds(shape)
  }

  next(piece: Uint8Array, from: number, isLast: boolean): RecordEnd {
    const end = this.#ends.next(piece, from, isLast)
    if (end === 'more') return end
    const contentEnd = typeof end === 'number' && piece[end - 1] === LINE_FEED ? end - 1 : piece.length
    const start = this.#isStart && BYTE_ORDER_MARK.every((byte, at) => piece[from + at] === byte) ? from + 3 : from
    // What goes on is a line over the bound.
    this.isEmpty = this.#isFresh && end !== 'on' && isEmptyLine(piece, start, contentEnd)
    this.#isStart = false
    this.#isFresh = end !== 'on'
    return end
  }

  /** Records that come before were found elsewhere. */
  pass(): void {
    this.#ends.pass()
    this.#isStart = false
  }

  restart(): void {
    this.#ends.restart()
    this.#isFresh = true
  }
}

const isEmptyLine = (piece: Uint8Array, start: number, end: number): boolean =>
  end === start || (end === start + 1 && piece[start] === CARRIAGE_RETURN)
