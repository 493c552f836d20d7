import { ArgumentError } from '../../core/errors.js'

/** How records end: where a line does, or where a line does that no quotes hold open. */
export type ChunkFormat = 'lines' | 'jsonl' | 'csv' | 'tsv'

/** Every format, for the command line's help. */
export const CHUNK_FORMATS: readonly ChunkFormat[] = ['lines', 'jsonl', 'csv', 'tsv']

const EXTENSIONS: Readonly<Record<string, ChunkFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'jsonl',
}

/** The format that a file's name tells, `.gz` put aside: that of its extension, else lines. */
export function chunkFormatOf(path: string): ChunkFormat {
  const extension = /\.([^./\\]+?)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(EXTENSIONS, extension) ? (EXTENSIONS[extension] ?? 'lines') : 'lines'
}

/** Checks what stands between fields. @throws ArgumentError */
export function checkDelimiter(delimiter: string): void {
  const code = delimiter.charCodeAt(0)
  if (delimiter.length === 1 && code < 0x80 && !'"\r\n\0'.includes(delimiter)) return
  throw new ArgumentError(
    `the delimiter is ${JSON.stringify(delimiter)}: it must be one ASCII character, no quote and no line end`,
  )
}
