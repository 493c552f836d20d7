import type { MadeBlobs } from '../blob/blobs.js'
import type { BlobSource } from '../blob/source.js'
import type { MadeBlob } from '../blob/store-content.js'
import { formatBytes } from '../core/bytes.js'
import { systemClock } from '../core/clock.js'
import { plural } from '../core/count.js'
import { formatRecords, sizeOf } from './blob-words.js'
import { EXIT_OK } from './exit-codes.js'
import { type InputFile, inputFile } from './input-file.js'
import { listenForInterrupt } from './interrupt.js'
import { ProgressLine } from './print/progress-line.js'
import { type Column, formatTable } from './print/table.js'
import type { Terminal } from './terminal.js'

/** How files are made into blobs by a command. */
export interface Making {
  readonly tag: string
  readonly paths: readonly string[]
  readonly terminal: Terminal
  readonly json: boolean
  /** Shows progress even where there is no terminal. */
  readonly bar: boolean
  /** What a file lacks that makes no blob: `is empty`. */
  readonly emptyWords: string
  /** Opens what is needed, once the files are known to be there. */
  readonly make: (sources: readonly BlobSource[]) => Promise<MadeBlobs>
}

const MEBIBYTE = 1024 * 1024

/** Makes blobs of files and tells which; the first Ctrl-C ends it, and leaves nothing half. */
export async function makeBlobs({ tag, paths, terminal, json, bar, emptyWords, make }: Making): Promise<number> {
  const inputs: InputFile[] = []
  for (const path of paths) inputs.push(await inputFile(path, terminal))
  const line = new ProgressLine(terminal.err, { noun: 'MiB', clock: systemClock, always: bar })
  const sizes = inputs.map(({ sizeBytes }) => sizeBytes)
  const totalBytes = sizes.reduce<number | null>((sum, size) => (sum === null || size === null ? null : sum + size), 0)
  const interrupt = listenForInterrupt()
  let readBytes = 0
  async function* counted(input: InputFile): AsyncGenerator<Uint8Array> {
    for await (const chunk of input.chunks(interrupt.signal)) {
      readBytes += chunk.length
      line.update({ count: Math.floor(readBytes / MEBIBYTE), ...(totalBytes && { share: readBytes / totalBytes }) })
      yield chunk
    }
  }
  try {
    const made = await make(inputs.map((input) => ({ name: fileNameOf(input), chunks: counted(input) })))
    line.clear()
    if (json) terminal.out.json({ tag, ...made })
    else for (const text of tellMade(tag, made, emptyWords)) terminal.out.line(text)
    return EXIT_OK
  } catch (error) {
    line.clear()
    if (!interrupt.signal.aborted) throw error
    terminal.err.line('hob: interrupted; nothing was tagged')
    return interrupt.status()
  } finally {
    interrupt.stop()
  }
}

/** Standard input has no name that could go into the names of blobs. */
const fileNameOf = ({ name, identity }: InputFile): string => (identity === null ? 'stdin' : name)

const COLUMNS: readonly Column<MadeBlob>[] = [
  { heading: 'BLOB', align: 'left', cell: ({ name }) => name },
  { heading: 'RECORDS', align: 'right', cell: ({ records }) => formatRecords(records) },
  { heading: 'BYTES', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  { heading: 'STORED', align: 'right', cell: ({ storedBytes }) => formatBytes(storedBytes) },
]

function tellMade(tag: string, { blobs, taggedCount, empty }: MadeBlobs, emptyWords: string): readonly string[] {
  const table = blobs.length > 0 ? [...formatTable(COLUMNS, blobs), ''] : []
  const thereCount = blobs.length - taggedCount
  const there = thereCount === 0 ? '' : `; ${thereCount === blobs.length ? 'all' : thereCount} were there already`
  const sum =
    blobs.length === 0
      ? 'nothing was tagged'
      : `tagged ${plural(taggedCount, 'blob')} as ${tag} (${sizeOf(blobs)})${there}`
  return [...table, sum, ...empty.map((name) => `${name} ${emptyWords}`)]
}
