import type { Piece } from '../input.js'
import type { Reader } from '../reader.js'
import { type ByteSource, openBytes } from './byte-source.js'
import { isParquet } from './read-piece.js'

/** Opens the pieces of a task in their order, each while the one before it is read: its first bytes are there when they are asked for. */
export class OpenAhead implements AsyncDisposable {
  readonly #pieces: readonly Piece[]
  /** The next piece, and what opens it. */
  #next: { readonly piece: Piece; readonly source: Promise<ByteSource> } | null = null

  constructor(pieces: readonly Piece[], reader: Reader) {
    // DuckDB opens its own.
    this.#pieces = pieces.filter((piece) => !isParquet(piece, reader))
  }

  /** Opens a piece, and begins with the one behind it. @throws RuleError `input` when it cannot be opened. */
  async open(piece: Piece): Promise<ByteSource> {
    const next = this.#next
    this.#next = null
    const source = await (next?.piece === piece ? next.source : openBytes(piece))
    const following = this.#pieces[this.#pieces.indexOf(piece) + 1]
    if (following !== undefined) {
      this.#next = { piece: following, source: openBytes(following) }
      // It is told when the piece is asked for.
      this.#next.source.catch(() => {})
    }
    return source
  }

  /** Closes what was opened in vain. */
  async [Symbol.asyncDispose](): Promise<void> {
    const source = await this.#next?.source.catch(() => null)
    await source?.close()
  }
}
