import { open, stat } from 'node:fs/promises'
import type { InputFile, Piece } from '../input.js'
import type { Reader } from '../reader.js'
import { isGzipFile } from './byte-source.js'
import { csvCuts } from './csv-cuts.js'
import { inputError, readError } from './input-error.js'

/** Pieces of one task at most: a task is a job, whose payload has a bound. */
const GROUP_PIECES_MAX = 1_000

/**
 * Cuts inputs into pieces that tasks can read each alone, so that all pieces together give just the records of the whole.
 *
 * A plain file that is larger than half as much again as `piecesBytes` is cut into equal parts of about that size, an even number of them.
 * Gzip, Parquet, and lines of JSON and CSV with a header somewhere are left whole; so are all smaller files, of which alone the hash can be
 * checked.
 *
 * @returns In the order of the inputs; none for an empty file.
 * @throws RuleError `input` when one is not there or cannot be read.
 */
export async function planPieces(
  reader: Reader,
  inputs: readonly InputFile[],
  { piecesBytes }: { readonly piecesBytes: number },
): Promise<readonly Piece[]> {
  const pieces: Piece[] = []
  for (const input of inputs) pieces.push(...(await cutInput(reader, input, piecesBytes)))
  return pieces
}

/** Pieces that one task reads: as they follow each other, up to so many bytes together. */
export function groupPieces(pieces: readonly Piece[], bytesMax: number): readonly (readonly Piece[])[] {
  const groups: Piece[][] = []
  let bytes = 0
  for (const piece of pieces) {
    const size = piece.to - piece.from
    const last = groups.at(-1)
    if (last && bytes + size <= bytesMax && last.length < GROUP_PIECES_MAX) {
      last.push(piece)
      bytes += size
    } else {
      groups.push([piece])
      bytes = size
    }
  }
  return groups
}

/** Pieces of so many tasks or fewer: as they follow each other, each with about as many bytes. */
export function sharePieces(pieces: readonly Piece[], tasks: number): readonly (readonly Piece[])[] {
  const share = bytesOf(pieces) / tasks
  const groups: Piece[][] = []
  let [bytes, task] = [0, -1]
  for (const piece of pieces) {
    const size = piece.to - piece.from
    // By its middle, so that what one task has too much is not left for one more at the end.
    const own = Math.ceil((bytes + size / 2) / share)
    const last = groups.at(-1)
    if (last && (own === task || size === 0) && last.length < GROUP_PIECES_MAX) last.push(piece)
    else groups.push([piece])
    task = own
    bytes += size
  }
  return groups
}

/** Of all of them together. */
export const bytesOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { from, to }) => sum + to - from, 0)

async function cutInput(reader: Reader, file: InputFile, piecesBytes: number): Promise<readonly Piece[]> {
  const { name, tag, hash, kind = 'input' } = file
  const input = { name, tag, file: file.file, hash, kind }
  const size = await sizeOf(input)
  const whole: Piece = { ...input, from: 0, to: size, firstLine: 1 }
  // An empty blob is read, too, where it has a hash: it may have been more once.
  if (size === 0) return input.hash === null ? [] : [whole]
  const count = evenCount(size / piecesBytes)
  if (count <= 1 || !canCut(reader, input) || (await isCompressed(input))) return [whole]
  const pieceBytes = Math.ceil(size / count)
  const cuts =
    reader.kind === 'csv' || reader.kind === 'dynamic'
      ? await csvCuts(whole, { csv: reader, isDynamic: reader.kind === 'dynamic', pieceBytes })
      : Array.from({ length: count - 1 }, (_, at) => (at + 1) * pieceBytes).filter((cut) => cut < size)
  return [0, ...cuts].map((from, at) => ({
    ...input,
    from,
    to: cuts[at] ?? size,
    firstLine: at === 0 ? 1 : null,
    hash: null,
  }))
}

/** Of three pieces, one of two threads would have two, and the other wait. */
function evenCount(parts: number): number {
  const count = Math.round(parts)
  return count > 2 ? count + (count % 2) : count
}

function canCut(reader: Reader, { kind }: InputFile): boolean {
  if (kind === 'jsonResults' || reader.kind === 'parquet') return false
  // Only who has read all lines before knows which one is the header.
  return reader.kind !== 'dynamic' || reader.header !== true
}

async function sizeOf(input: InputFile): Promise<number> {
  try {
    const stats = await stat(input.file)
    if (!stats.isFile()) throw inputError(input, `${input.file} is no file`)
    return stats.size
  } catch (error) {
    throw readError(input, error)
  }
}

async function isCompressed(input: InputFile): Promise<boolean> {
  try {
    await using handle = await open(input.file)
    return await isGzipFile(handle)
  } catch (error) {
    throw readError(input, error)
  }
}
