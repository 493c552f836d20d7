import type { Piece } from '../input.js'
import { isParquet, type OpenParquet, readPiece } from '../map/read-piece.js'
import type { Parts, RuleDefinition } from '../rule.js'
import type { ParquetScanner } from './parquet-groups.js'

/** Records, and stored bytes, that a sample of one piece has at most. */
const RECORDS_MAX = 10_000
const BYTES_MAX = 2 ** 20

/** Bytes of the records of one piece as they are in memory: 1 MiB of gzip may be a gigabyte, and of Parquet nobody knows what it becomes. */
const DECODED_MAX = 2 ** 24

/** Rows of Parquet that tell how long its rows are. */
const ROWS_FIRST = 128

/** Levels of what is nested in a record of Parquet that are looked at for its size. */
const LEVELS_MAX = 4

/** Of a second piece fewer do: it is there for what changes from file to file. */
const RECORDS_MORE = 3_000

/** What the beginnings of some pieces hold. */
export interface Sample {
  readonly records: readonly Parts[]
  /** Stored bytes of a record, on average; 0 where there are none. */
  readonly recordBytes: number
  /** All there is was read. */
  readonly isAll: boolean
}

/** What a sample is taken with. */
export interface SampleOptions {
  readonly openParquet: OpenParquet
  readonly parquetScanner: ParquetScanner
}

/** Ends a reading that has seen enough. */
class Enough extends Error {}

/**
 * Reads the first records of the first piece, and of one in the middle. Those that cannot be read are left out.
 *
 * @throws RuleError `input` when a piece is gone or damaged.
 */
export async function takeSample(
  rule: RuleDefinition,
  pieces: readonly Piece[],
  options: SampleOptions,
): Promise<Sample> {
  const [first, middle] = [pieces[0], pieces[pieces.length >> 1]]
  const records: Parts[] = []
  if (first === undefined || middle === undefined) return { records, recordBytes: 0, isAll: true }
  const one = await readStart(rule, first, { ...options, records, countMax: RECORDS_MAX })
  const two =
    middle === first
      ? { bytes: 0, isAll: true }
      : await readStart(rule, middle, { ...options, records, countMax: records.length + RECORDS_MORE })
  return {
    records,
    recordBytes: records.length === 0 ? 0 : (one.bytes + two.bytes) / records.length,
    isAll: one.isAll && two.isAll && pieces.length <= 2,
  }
}

interface Start extends SampleOptions {
  /** Where records go. */
  readonly records: Parts[]
  readonly countMax: number
}

async function readStart(
  rule: RuleDefinition,
  piece: Piece,
  { openParquet, parquetScanner, records, countMax }: Start,
): Promise<{ readonly bytes: number; readonly isAll: boolean }> {
  let read = 0
  let isCut = false
  /** Rows of a table that were read again. */
  let passed = 0
  const took = { bytes: 0, decoded: 0 }
  const before = records.length
  const isTable = isParquet(piece, rule.input)
  // Its bytes stand for its records, wherever they are in it.
  const rows = isTable ? await parquetScanner.countOf(piece.file) : 0
  const ofTable = isTable ? (piece.to - piece.from) / (rows || 1) : null
  const bytesNow = (): number => {
    const kept = records.length - before
    return ofTable === null ? shareOf(took.bytes, kept, read) : ofTable * kept
  }
  // DuckDB reads ahead by thousands of rows: 1.5 GB, where they have 120 kB.
  async function* openStart(file: string): ReturnType<OpenParquet> {
    yield* openParquet(file, ROWS_FIRST)
    const first = read
    const rowsMax = Math.min(countMax - before, Math.floor((DECODED_MAX * first) / took.decoded))
    if (first < ROWS_FIRST || rowsMax <= first) return
    for await (const batch of openParquet(file, rowsMax)) {
      passed += batch.length
      yield batch.slice(Math.max(0, batch.length - Math.max(0, passed - first)))
    }
  }
  try {
    // The content of a table is checked where all of it is read.
    await readPiece(isTable ? { ...piece, hash: null } : piece, {
      reader: rule.input,
      openParquet: openStart,
      sink: {
        take: (parts) => {
          // A batch of Parquet is no end to wait for.
          if (isTable && took.decoded >= DECODED_MAX) {
            isCut = true
            throw new Enough()
          }
          read++
          if (isTable) took.decoded += sizeOf(parts, LEVELS_MAX)
          if (records.length < countMax) records.push(parts)
          else isCut = true
          return null
        },
        bad: () => {},
      },
      onBlock: (storedBytes, textBytes) => {
        took.bytes = storedBytes
        took.decoded += textBytes
        const isMuch = storedBytes >= BYTES_MAX || took.decoded >= DECODED_MAX
        if (isCut || records.length >= countMax || isMuch) throw new Enough()
      },
    })
    // What came behind those that were kept was read as well.
    return { bytes: bytesNow(), isAll: isTable ? records.length - before >= rows : !isCut }
  } catch (error) {
    if (!(error instanceof Enough)) throw error
    const isAll = isTable ? records.length - before >= rows : !isCut && took.bytes >= piece.to - piece.from
    return { bytes: bytesNow(), isAll }
  }
}

const shareOf = (bytes: number, kept: number, read: number): number => (read === 0 ? 0 : (bytes * kept) / read)

/** About the bytes of a value in memory. */
function sizeOf(value: unknown, levels: number): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || levels === 0) return 8
  return Object.values(value).reduce((sum: number, each) => sum + sizeOf(each, levels - 1), 8)
}
