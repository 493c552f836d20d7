import type { Block } from '../map/block.js'
import type { PieceStart } from '../map/read-piece.js'
import type { RowReader } from '../map/row-sink.js'
import type { TextFile } from '../map/text-file.js'

/**
 * A step of the reader of a piece. In the file of a log each is a line of JSON; behind that of `read` come its bytes.
 *
 * `pass`: lines that others had read before. `counted` is the first, and says that `whole` is the last, with how many there are before it:
 * a log that was cut lacks that. An older Hob wrote neither.
 */
export type RowStep =
  | { readonly step: 'counted' }
  | { readonly step: 'start'; readonly piece: PieceStart }
  | {
      readonly step: 'read'
      readonly pass: number
      readonly offset: number
      readonly bytes: number
      readonly isTooLong: boolean
    }
  | { readonly step: 'end' }
  | { readonly step: 'whole'; readonly steps: number }

/** Writes down what the readers of pieces are given, so that it can be read again without the pieces (`row-replay.ts`). */
export class RowLog {
  readonly #file: TextFile
  #steps = 0

  constructor(file: TextFile) {
    this.#file = file
  }

  /** Adds a step, and the bytes that come behind it. */
  add(step: RowStep, bytes?: Buffer): void {
    if (this.#steps === 0) this.#write({ step: 'counted' })
    this.#write(step)
    if (bytes !== undefined) this.#file.writeBytes(bytes)
  }

  /** A reader that does what another does, and writes down what that is given. Nothing is written of one that is given nothing. */
  watched(rows: RowReader, piece: PieceStart): RowReader {
    return new LoggedRows(rows, piece, this)
  }

  /** @returns The path; null when nothing was written. */
  close(): string | null {
    if (this.#steps > 0) this.#write({ step: 'whole', steps: this.#steps })
    return this.#file.close()
  }

  /** Lets go of the file, whatever it holds. */
  abandon(): void {
    this.#file.abandon()
  }

  /** Removes the file. */
  discard(): void {
    this.#file.discard()
  }

  #write(step: RowStep): void {
    this.#steps++
    this.#file.write(`${JSON.stringify(step)}\n`)
  }
}

class LoggedRows implements RowReader {
  readonly #rows: RowReader
  readonly #piece: PieceStart
  readonly #log: RowLog
  #hasBegun = false
  #passed = 0

  constructor(rows: RowReader, piece: PieceStart, log: RowLog) {
    this.#rows = rows
    this.#piece = piece
    this.#log = log
  }

  get isWithin(): boolean {
    return this.#rows.isWithin
  }

  read(block: Block): void {
    if (!this.#hasBegun) this.#log.add({ step: 'start', piece: this.#piece })
    this.#hasBegun = true
    const { bytes, offset, isTooLong } = block
    this.#log.add({ step: 'read', pass: this.#passed, offset, bytes: bytes.length, isTooLong }, bytes)
    this.#passed = 0
    this.#rows.read(block)
  }

  pass(lines: number): void {
    this.#passed += lines
    this.#rows.pass(lines)
  }

  end(): void {
    if (this.#hasBegun) this.#log.add({ step: 'end' })
    this.#rows.end()
  }
}
