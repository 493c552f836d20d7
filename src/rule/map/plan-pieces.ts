import type { Piece } from '../input.js'
import type { Reader } from '../reader.js'

/** Not yet. */
export async function planPieces(
  _reader: Reader,
  inputs: readonly (Pick<Piece, 'name' | 'tag' | 'file' | 'hash'> & { readonly bytes: number })[],
  _options: { readonly piecesBytes: number },
): Promise<readonly Piece[]> {
  return inputs.map(({ bytes, ...input }) => ({ ...input, from: 0, to: bytes, firstLine: 1, kind: 'input' }))
}

/** Not yet. */
export function groupPieces(pieces: readonly Piece[], _bytesMax: number): readonly (readonly Piece[])[] {
  return pieces.map((piece) => [piece])
}
