import { checkWhole } from '../broker/arguments.js'
import { ArgumentError, BlobError } from '../core/errors.js'
import type { BlobStore } from './blob-store.js'
import { cutChunks } from './cut/chunk-cutter.js'
import { CHUNK_FORMATS, type ChunkFormat, checkDelimiter, chunkFormatOf } from './cut/chunk-format.js'
import { CsvRecordEnds, LineEnds, type RecordEnds } from './cut/record-ends.js'
import { type BlobSource, readSource } from './source.js'
import { type MadeBlob, storeContent } from './store-content.js'

/** How files become blobs. */
export interface PushOptions {
  /** Compresses what is stored with gzip; false unless given. */
  readonly compress?: boolean
}

/** How files are cut into blobs. */
export interface ChunkOptions extends PushOptions {
  /** Where records end; what the file's extension says unless given, else lines. */
  readonly format?: ChunkFormat
  /** Of csv, one ASCII character; `,` unless given. */
  readonly delimiter?: string
  /** The first record of a csv or tsv names the columns, and stands at the start of each blob; false unless given. */
  readonly header?: boolean
  /** Bytes of a blob, before compression: 1 to 1 GiB; 64 MiB unless given. Only one record by itself makes a larger one, up to 256 MiB. */
  readonly bytesMax?: number
}

/** 64 MiB: large enough to read at full speed, small enough that several machines share a file. */
export const CHUNK_BYTES: number = 64 * 1024 * 1024

const CHUNK_BYTES_MAX: number = 1024 * 1024 * 1024

/** Checks the options of a cut before anything is read. @throws ArgumentError */
export function checkChunkOptions(options: ChunkOptions, names: readonly string[]): void {
  const { bytesMax = CHUNK_BYTES, delimiter = ',', format, header = false } = options
  checkWhole('bytesMax', bytesMax, 1, CHUNK_BYTES_MAX)
  checkDelimiter(delimiter)
  if (format !== undefined && !CHUNK_FORMATS.includes(format)) {
    throw new ArgumentError(`format is '${format}': it must be one of ${CHUNK_FORMATS.join(', ')}`)
  }
  const bare = names.find((name) => !hasHeader(format ?? chunkFormatOf(name)))
  if (!header || bare === undefined) return
  throw new ArgumentError(`${bare}: ${format ?? chunkFormatOf(bare)} has no header`, {
    hint: 'Leave --header away, or say what it is: --format csv, for example.',
  })
}

const hasHeader = (format: ChunkFormat): boolean => format === 'csv' || format === 'tsv'

/** Cuts a source where records end, and stores each piece; tells each blob as it is stored. */
export async function* chunkSource(
  store: BlobStore,
  source: BlobSource,
  options: ChunkOptions,
): AsyncGenerator<MadeBlob> {
  const { format = chunkFormatOf(source.name), delimiter = ',', header = false } = options
  const { compress = false, bytesMax = CHUNK_BYTES } = options
  const ends = endsOf(format, delimiter)
  let index = 0
  try {
    for await (const chunk of cutChunks(readSource(source), ends, { bytesMax, header })) {
      const made = await storeContent(store, { file: source.name, index, compress }, chunk.content)
      index++
      yield { ...made, records: chunk.recordCount }
    }
  } catch (cause) {
    throw withName(source.name, cause)
  }
}

/** Stores a source whole, as one blob. Undefined: it is empty, and nothing was stored. */
export async function pushSource(
  store: BlobStore,
  source: BlobSource,
  options: PushOptions,
): Promise<MadeBlob | undefined> {
  const { compress = false } = options
  const content = readSource(source)
  const first = await content.next()
  if (first.done) return undefined
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield first.value as Uint8Array
    yield* content
  }
  return { ...(await storeContent(store, { file: source.name, index: 0, compress }, whole())), records: null }
}

function endsOf(format: ChunkFormat, delimiter: string): RecordEnds {
  if (format === 'csv') return new CsvRecordEnds({ delimiter })
  return format === 'tsv' ? new CsvRecordEnds({ delimiter: '\t' }) : new LineEnds(format === 'jsonl')
}

/** What was wrong with the records of a file says which file it was. */
function withName(name: string, cause: unknown): unknown {
  if (!(cause instanceof BlobError) || cause.code !== 'input' || cause.cause !== undefined) return cause
  const { hint } = cause
  return new BlobError('input', `${name}: ${cause.message}`, { ...(hint !== undefined && { hint }), cause })
}
