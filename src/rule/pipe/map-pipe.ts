import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { cutChunks } from '../../blob/cut/chunk-cutter.js'
import { CsvRecordEnds, LineEnds, type RecordEnds } from '../../blob/cut/record-ends.js'
import { unpackedIfPacked } from '../../blob/gzip.js'
import type { BadRow, RunCounters } from '../counters.js'
import type { Piece } from '../input.js'
import { readError } from '../map/input-error.js'
import type { Reader } from '../reader.js'
import { delimiterOf } from '../readers.js'
import type { RuleDefinition } from '../rule.js'
import type { MapAnswer } from '../run/thread-task.js'
import { PipeLines } from './pipe-lines.js'
import { spillRows } from './spill-rows.js'

/** What a map over standard input needs besides it. */
export interface MapPipe {
  readonly rule: RuleDefinition
  /** Maps a piece, where functions of the user's may run. */
  readonly map: (piece: Piece) => Promise<MapAnswer>
  /** Where it writes; there already, and the caller's to remove. */
  readonly folder: string
  /** Told of each piece of the input that is done. */
  readonly onPiece: (counters: RunCounters, badRows: readonly BadRow[]) => void
}

/** So much of the input is read and mapped at a time: lines come out before it has ended. */
const PIECE_BYTES = 32 * 1024 * 1024

/** As messages and bad rows call it. */
const INPUT = 'standard input'

/**
 * Maps records that come in a stream, and gives lines as `PipeLines` has them, in texts of some thousand. Records of one key are one line
 * as far as they come close to each other.
 *
 * A piece of the input at a time is kept on the disk.
 *
 * @throws RuleError, as a run of the rule does.
 */
export async function* mapLines(source: AsyncIterable<Uint8Array>, pipe: MapPipe): AsyncGenerator<string> {
  const lines = new PipeLines(pipe.rule)
  const { input } = pipe.rule
  const hasHeader = input.kind === 'csv' && input.header === true
  let [at, linesBefore] = [0, 0]
  for await (const content of contentsOf(unpackedInput(source), input)) {
    const file = join(pipe.folder, `piece-${at}`)
    const { headerLines, lineCount } = await keep(content, file, hasHeader)
    const output = await mapPiece({ file, firstLine: linesBefore + 1 }, pipe)
    // The header stands at the start of each piece, and was read once.
    linesBefore += lineCount - headerLines
    at++
    await rm(file)
    yield* textsOf(output, lines)
    pipe.onPiece(output.counters, output.badRows)
  }
}

async function* unpackedInput(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* unpackedIfPacked(source)
  } catch (error) {
    throw readError({ name: INPUT, tag: null, file: INPUT, hash: null }, error)
  }
}

/** The input in pieces that end where a record does; Parquet, whose directory stands at its end, in one. */
async function* contentsOf(
  source: AsyncIterable<Uint8Array>,
  input: Reader,
): AsyncGenerator<AsyncIterable<Uint8Array>> {
  if (input.kind === 'parquet') {
    yield source
    return
  }
  const header = input.kind === 'csv' && input.header === true
  for await (const { content } of cutChunks(source, endsOf(input), { bytesMax: PIECE_BYTES, header })) yield content
}

function endsOf(input: Reader): RecordEnds {
  return input.kind === 'csv' || input.kind === 'dynamic'
    ? new CsvRecordEnds({ delimiter: delimiterOf(input), isDynamic: input.kind === 'dynamic' })
    : new LineEnds(input.kind === 'jsonLines')
}

/** Writes a piece to a file, and counts its line ends; those of the header are its first buffer's. */
async function keep(
  content: AsyncIterable<Uint8Array>,
  file: string,
  hasHeader: boolean,
): Promise<{ readonly headerLines: number; readonly lineCount: number }> {
  let headerLines = -1
  let lineCount = 0
  await pipeline(async function* () {
    for await (const bytes of content) {
      lineCount += lineEnds(bytes)
      if (headerLines < 0) headerLines = hasHeader ? lineCount : 0
      yield bytes
    }
  }, createWriteStream(file))
  return { headerLines: Math.max(0, headerLines), lineCount }
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}

async function mapPiece(
  { file, firstLine }: Pick<Piece, 'file'> & { readonly firstLine: number },
  { map }: MapPipe,
): Promise<MapAnswer> {
  const { size } = await stat(file)
  return map({ name: INPUT, tag: null, file, from: 0, to: size, firstLine, kind: 'input', hash: null })
}

async function* textsOf({ spills, badFile }: MapAnswer, lines: PipeLines): AsyncGenerator<string> {
  for (const { kind, keyset, file } of spills) {
    for await (const rows of spillRows(file)) {
      yield rows.map((fields) => lines.write({ kind, keyset, fields })).join('')
    }
    await rm(file)
  }
  if (badFile !== null) await rm(badFile, { force: true })
}
