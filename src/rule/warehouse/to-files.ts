import { resolve } from 'node:path'
import type { ResultProcessor } from '../rule.js'
import { checkCall, refuse } from './table-options.js'

/** How a result stands in a file. */
export type FileFormat = 'parquet' | 'csv' | 'jsonl'

const FORMATS: readonly string[] = ['parquet', 'csv', 'jsonl'] satisfies readonly FileFormat[]

/** Where `toFiles` writes, and how. */
export interface FilesOptions {
  /** A folder, from the one that the program runs in; made when there is none. */
  readonly folder: string
  readonly format: FileFormat
  /** How many runs to keep the files of, the newest of each rule; 1 to 100,000, all unless given. */
  readonly keep?: number
}

/**
 * Writes each keyset into a file `KEYSET.RUN.csv`: `toFiles({ folder: 'results', format: 'csv' })`.
 *
 * A file is there whole or not at all. A run that is written again writes the same files again.
 *
 * @throws RuleError `rule` when the options make no sense. Nothing is touched before a run is written.
 */
export function toFiles(options: FilesOptions): ResultProcessor {
  checkCall('toFiles', options, ['folder!', 'format!', 'keep?'])
  const { folder, format, keep = Number.POSITIVE_INFINITY } = options
  if (!FORMATS.includes(format)) refuse('toFiles', `has no format '${format}'`, `It is one of ${FORMATS.join(', ')}.`)
  if (options.keep !== undefined && (!Number.isInteger(keep) || keep < 1 || keep > 100_000)) {
    refuse('toFiles', 'keeps 1 to 100,000 runs', 'Leave `keep` away to keep all.')
  }
  return {
    name: `${format} files in ${folder}`,
    async write(results, run) {
      const { writeFiles } = await import('./result-files.js')
      await writeFiles(results, run, { folder: resolve(folder), format, keep })
    },
  }
}
