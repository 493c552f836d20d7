import type { Piece } from '../input.js'
import type { Reader } from '../reader.js'
import type { Parts } from '../rule.js'
import { type ByteSource, openBytes } from './byte-source.js'
import { headerTaker, readHeader } from './csv-header.js'
import { CsvRows } from './csv-rows.js'
import { JsonRows } from './json-rows.js'
import { LineBlocks } from './line-blocks.js'
import { PlainRows } from './plain-rows.js'
import type { RowReader, RowSink } from './row-sink.js'

/** Reads the rows of a Parquet file in batches; the first `rowsMax` alone where that is given, with memory for no more. */
export type OpenParquet = (file: string, rowsMax?: number) => AsyncIterable<readonly Parts[]>

/** What reading a piece needs. */
export interface PieceReading {
  readonly reader: Reader
  readonly sink: RowSink
  readonly openParquet: OpenParquet
  /** What opens the bytes of a piece; `openBytes` unless given. */
  readonly open?: (piece: Piece) => Promise<ByteSource>
  /**
   * Called after each block with the bytes, as they are stored, that were read of the piece, and those of text in the block, which are 0 of
   * Parquet; what it throws ends the reading.
   */
  readonly onBlock: (storedBytes: number, textBytes: number) => void
}

/**
 * Hands all records of a piece to a sink.
 *
 * @throws RuleError `input` when the file is gone or damaged, or its content is not what its hash says.
 */
export async function readPiece(piece: Piece, reading: PieceReading): Promise<void> {
  if (isParquet(piece, reading.reader)) return readParquet(piece, reading)
  const { open = openBytes } = reading
  const source = await open(piece)
  try {
    const rows = rowReader(await startOf(piece, reading.reader), reading, () => {})
    for await (const block of new LineBlocks(source).blocks(piece.from > 0)) {
      rows.read(block)
      reading.onBlock(Math.min(source.storedBytes, piece.to - piece.from), block.bytes.length)
    }
    rows.end()
    reading.onBlock(piece.to - piece.from, 0)
  } finally {
    await source.close()
  }
}

/** Whether a piece is read by DuckDB. */
export const isParquet = (piece: Piece, reader: Reader): boolean =>
  piece.kind === 'jsonResults' || reader.kind === 'parquet'

/** What is known of a piece before its first line. */
export interface PieceStart extends Pick<Piece, 'name' | 'tag' | 'file' | 'firstLine'> {
  /** The names of its columns, where they stand in a piece before it. */
  readonly header: readonly string[] | null
}

/** Looks at what is before a piece of text. @throws RuleError `input` when there is a header, and it cannot be read. */
export async function startOf(piece: Piece, reader: Reader): Promise<PieceStart> {
  const { name, tag, file, firstLine, from } = piece
  const isCsv = reader.kind === 'csv' || reader.kind === 'dynamic'
  const header = isCsv && reader.header === true && from > 0 ? await readHeader(piece, reader) : null
  return { name, tag, file, firstLine, header }
}

/**
 * What makes records of the lines of a piece of text.
 *
 * @param onColumns Told how the columns of CSV are called, once that is known: at once, or when the header is met. Null: nobody named them.
 */
export function rowReader(
  piece: PieceStart,
  { reader, sink }: Pick<PieceReading, 'reader' | 'sink'>,
  onColumns: (names: readonly string[] | null) => void,
): RowReader {
  const { firstLine, header } = piece
  if (reader.kind === 'jsonLines') return new JsonRows(sink, firstLine)
  if (reader.kind !== 'csv' && reader.kind !== 'dynamic') return new PlainRows(sink, firstLine)
  if (reader.header !== true || header !== null) onColumns(header ?? reader.fields ?? null)
  return new CsvRows(sink, {
    csv: reader,
    isDynamic: reader.kind === 'dynamic',
    ...{ firstLine, header },
    onHeader: headerTaker(piece, onColumns),
  })
}

async function readParquet(piece: Piece, { sink, openParquet, onBlock }: PieceReading): Promise<void> {
  await checkContent(piece)
  let row = 0
  for await (const batch of openParquet(piece.file)) {
    for (const parts of batch) {
      row++
      // What a function makes of the record is not what it was.
      const fault = sink.take(parts)
      if (fault !== null) sink.bad({ line: row, byte: null }, fault, shown(parts))
    }
    onBlock(0, 0)
  }
  onBlock(piece.to - piece.from, 0)
}

/**
 * The reader of Parquet reads here and there, so the content is checked before.
 *
 * @throws RuleError `input` when the file is gone, or its content is not what its hash says.
 */
export async function checkContent(piece: Piece): Promise<void> {
  const source: ByteSource = await openBytes(piece)
  try {
    const buffer = Buffer.allocUnsafe(1024 * 1024)
    while (piece.hash !== null && (await source.read(buffer, 0)) > 0);
  } finally {
    await source.close()
  }
}

/** A row as JSON, for people; bigints as text. */
function shown(parts: Parts): string {
  try {
    return JSON.stringify(parts, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  } catch {
    return '(a row that cannot be shown)'
  }
}
