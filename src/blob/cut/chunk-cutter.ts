import { formatBytes } from '../../core/bytes.js'
import { BlobError } from '../../core/errors.js'
import type { RecordEnd } from '../../orders/rows/csv-ends.js'
import type { RecordEnds } from './record-ends.js'

/** The longest record: one that is longer is mostly a quote that nobody closed. */
export const RECORD_BYTES_MAX: number = 256 * 1024 * 1024

/** A header is held in memory, and stands at the start of every chunk. */
const HEADER_BYTES_MAX: number = 1024 * 1024

/** How to cut. */
export interface CutOptions {
  /** No chunk is larger, unless it is one record, or one with its header. */
  readonly bytesMax: number
  /** The first record stands at the start of each chunk. */
  readonly header: boolean
}

/** A piece of the input that is whole records. */
export interface Chunk {
  /** Its bytes, to be read before the next chunk is asked for. */
  readonly content: AsyncIterable<Uint8Array>
  /** Records in it, without the header and without empty lines; right once the content was read. */
  readonly recordCount: number
}

/**
 * Cuts bytes into chunks that end where a record does. The chunks one after the other, without the headers that were repeated, are the
 * input, byte for byte. An input without records makes no chunk.
 *
 * Holds some pieces of the input and one unfinished record of at most `bytesMax`; a longer line passes through in pieces.
 *
 * @throws BlobError `input` for a record of more than `RECORD_BYTES_MAX`.
 */
export async function* cutChunks(
  source: AsyncIterable<Uint8Array>,
  ends: RecordEnds,
  options: CutOptions,
): AsyncGenerator<Chunk> {
  const pieces = new Pieces(source)
  try {
    const header = options.header ? await readHeader(pieces, ends) : null
    for (let recordNumber = 1; await pieces.hasMore(); ) {
      const cut = new ChunkCut(pieces, ends, { header, bytesMax: options.bytesMax, recordNumber })
      yield cut
      recordNumber += cut.endCount
    }
  } finally {
    await pieces.close()
  }
}

/** The input in pieces that are not empty, of which the last may be put back. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>
  #back: Uint8Array[] = []

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async next(): Promise<Uint8Array | undefined> {
    const back = this.#back.shift()
    if (back !== undefined) return back
    for (;;) {
      const { done, value } = await this.#source.next()
      if (done) return undefined
      if (value.length > 0) return value
    }
  }

  /** To come again, in this order, before all else. */
  putBack(pieces: readonly Uint8Array[]): void {
    this.#back = [...pieces.filter(({ length }) => length > 0), ...this.#back]
  }

  /**
   * Puts bytes back joined with as many that follow, so that who looks through them again each time looks through all but a few once or twice.
   *
   * @returns False when nothing follows.
   */
  async grow(bytes: Uint8Array): Promise<boolean> {
    const more: Uint8Array[] = []
    let count = 0
    while (count < bytes.length) {
      const piece = await this.next()
      if (piece === undefined) break
      more.push(piece)
      count += piece.length
    }
    this.putBack([Buffer.concat([bytes, ...more])])
    return count > 0
  }

  async hasMore(): Promise<boolean> {
    const next = await this.next()
    if (next !== undefined) this.putBack([next])
    return next !== undefined
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }
}

/** The first record, with its line's end and empty lines before it. Null: there is none. */
async function readHeader(pieces: Pieces, ends: RecordEnds): Promise<Uint8Array | null> {
  const held: Uint8Array[] = []
  let bytes = 0
  let isLast = false
  for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
    const { at, end } = firstRecord(piece, ends, isLast)
    const taken = end === 'more' ? at : end === 'on' ? piece.length : end
    const rest = piece.subarray(taken)
    held.push(piece.subarray(0, taken))
    bytes += taken
    if (bytes + (end === 'more' ? rest.length : 0) > HEADER_BYTES_MAX) throw headerTooLong()
    if (end === 'more' && rest.length > 0) isLast = !(await pieces.grow(rest))
    if (typeof end !== 'number') continue
    pieces.putBack([rest])
    return Buffer.concat(held)
  }
  return null
}

/** The end of the first record that is not empty; and where it, or what is not yet known to be it, begins. */
function firstRecord(
  piece: Uint8Array,
  ends: RecordEnds,
  isLast: boolean,
): { readonly at: number; readonly end: RecordEnd } {
  for (let at = 0; at < piece.length; ) {
    const end = ends.next(piece, at, isLast)
    if (typeof end !== 'number' || !ends.isEmpty) return { at, end }
    at = end
  }
  return { at: piece.length, end: 'more' }
}

const headerTooLong = (): BlobError =>
  new BlobError('input', `the header is longer than ${formatBytes(HEADER_BYTES_MAX)}`, {
    hint: 'Is a quote in its first line not closed? Or leave --header away.',
  })

interface CutPlace {
  readonly header: Uint8Array | null
  readonly bytesMax: number
  /** Of the first record, for messages. */
  readonly recordNumber: number
}

/** One chunk in the making. */
class ChunkCut implements Chunk {
  readonly #pieces: Pieces
  readonly #ends: RecordEnds
  readonly #place: CutPlace
  /** Bytes of the header and of the records that ended. */
  #bytes = 0
  /** Bytes of the record that is open. */
  #openBytes = 0
  recordCount = 0
  /** Records that ended, empty lines too. */
  endCount = 0

  constructor(pieces: Pieces, ends: RecordEnds, place: CutPlace) {
    this.#pieces = pieces
    this.#ends = ends
    this.#place = place
  }

  get content(): AsyncIterable<Uint8Array> {
    return this.#read()
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    const { header } = this.#place
    if (header !== null) {
      this.#bytes = header.length
      yield header
    }
    /** The open record's, as long as it may not fit. */
    let held: Uint8Array[] = []
    let isLast = false
    for (let piece = await this.#pieces.next(); piece !== undefined; piece = await this.#pieces.next()) {
      const { at, state } = this.#take(piece, isLast)
      if (at > 0) {
        yield* held
        held = []
        yield piece.subarray(0, at)
      }
      const rest = piece.subarray(at)
      if (state === 'full' || (this.endCount > 0 && this.#bytes + this.#openBytes > this.#place.bytesMax)) {
        // The open record begins the next chunk.
        this.#ends.restart()
        this.#pieces.putBack([...held, rest])
        return
      }
      if (rest.length === 0) continue
      if (state === 'more') isLast = !(await this.#pieces.grow(rest))
      // The first record is in this chunk however long it is, so nothing of it need be held.
      else if (this.endCount === 0) yield rest
      else held.push(rest)
    }
    yield* held
    if (this.#openBytes > 0) this.#count()
  }

  /**
   * Takes the records of a piece that fit.
   *
   * @returns Where the first begins that is not taken, or not ended; and whether it does not fit, needs more bytes, or goes on.
   */
  #take(piece: Uint8Array, isLast: boolean): { readonly at: number; readonly state: 'full' | 'more' | 'on' } {
    let at = 0
    while (at < piece.length) {
      const end = this.#ends.next(piece, at, isLast)
      if (end === 'more') return { at, state: 'more' }
      this.#openBytes += (end === 'on' ? piece.length : end) - at
      if (this.#openBytes > RECORD_BYTES_MAX) throw this.#tooLong()
      if (end === 'on') return { at, state: 'on' }
      if (this.endCount > 0 && this.#bytes + this.#openBytes > this.#place.bytesMax) return { at, state: 'full' }
      this.#count()
      at = end
    }
    return { at, state: 'on' }
  }

  #count(): void {
    this.#bytes += this.#openBytes
    this.#openBytes = 0
    this.endCount++
    if (!this.#ends.isEmpty) this.recordCount++
  }

  #tooLong(): BlobError {
    const number = this.#place.recordNumber + this.endCount
    return new BlobError('input', `record ${number} is longer than ${formatBytes(RECORD_BYTES_MAX)}`, {
      hint: 'Is the format right, and every quote closed? hob blob push stores a file as it is.',
    })
  }
}
