import { ArgumentError } from '../../core/errors.js'
import { csvRows } from './csv-rows.js'
import { jsonRows } from './json-rows.js'
import { physicalLines } from './physical-lines.js'
import { plainRows, withoutReturns } from './plain-rows.js'
import type { Row } from './row.js'

/** How a file of orders is written. */
export type RowFormat = 'csv' | 'tsv' | 'jsonl' | 'lines' | 'nul'

/** Every format, for the command line's help. */
export const ROW_FORMATS: readonly RowFormat[] = ['csv', 'tsv', 'jsonl', 'lines', 'nul']

/** How rows are written. */
export interface ReadOptions {
  readonly format: RowFormat
  /** The first row names the columns; csv and tsv only. */
  readonly header?: boolean
  /** What stands between the fields of csv; `,` unless given. */
  readonly delimiter?: string
}

const EXTENSIONS: Readonly<Record<string, RowFormat>> = { csv: 'csv', tsv: 'tsv', jsonl: 'jsonl', ndjson: 'jsonl' }

/** The format that a file's name tells: that of its extension, else plain lines, as for `-`, standard input. */
export function formatOf(path: string): RowFormat {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(EXTENSIONS, extension) ? (EXTENSIONS[extension] ?? 'lines') : 'lines'
}

/**
 * Reads rows in batches, about one for each chunk, in constant memory.
 *
 * Text is UTF-8, with or without a byte order mark; lines end with LF or CRLF; empty ones are skipped. A row that
 * cannot be an order is told as a bad one, and reading goes on after it.
 *
 * @param chunks Not to be written to again once handed over.
 * @throws ArgumentError at once for options that do not fit; while reading, for a header that cannot be used.
 */
export function readRows(chunks: AsyncIterable<Buffer>, options: ReadOptions): AsyncIterable<readonly Row[]> {
  const { format, header = false, delimiter } = options
  if (header && format !== 'csv' && format !== 'tsv') {
    throw new ArgumentError(`${format} has no header`, {
      hint: 'Leave --header away, or say what it is: --format csv, for example.',
    })
  }
  if (delimiter !== undefined && (format !== 'csv' || delimiter === '' || /["\r\n\0]/.test(delimiter))) {
    throw new ArgumentError('a delimiter is for csv, and is one or more characters other than quotes and line ends')
  }
  switch (format) {
    case 'csv':
      return csvRows(physicalLines(chunks, '\n'), { delimiter: delimiter ?? ',', header })
    case 'tsv':
      return csvRows(physicalLines(chunks, '\n'), { delimiter: '\t', header })
    case 'jsonl':
      return jsonRows(physicalLines(chunks, '\n'))
    case 'lines':
      return plainRows(withoutReturns(physicalLines(chunks, '\n')))
    case 'nul':
      return plainRows(physicalLines(chunks, '\0'))
  }
}
