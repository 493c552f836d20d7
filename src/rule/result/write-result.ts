import type { Writable } from 'node:stream'
import { RuleError } from '../../core/errors.js'
import type { ResultFile } from '../result-file.js'
import type { Duck } from './duck.js'

/** How a result is written. */
export type ResultFormat = 'csv' | 'table' | 'json' | 'jsonl' | 'parquet'

/** Every format, for the command line's help. */
export const RESULT_FORMATS: readonly ResultFormat[] = ['csv', 'table', 'json', 'jsonl', 'parquet']

/**
 * Writes a result to a stream, which stays open, or to a file of this path, whole or not at all.
 *
 * - `csv`: a header; quotes only where needed; null is nothing, empty text `""`; lines end with LF
 * - `table`: for people, aligned; the first 1,000 rows and how many more there are
 * - `json`: one list of objects; `jsonl`: one object a line
 * - `parquet`: the file as it is
 */
export async function writeResult(
  _duck: Duck,
  _file: ResultFile,
  _format: ResultFormat,
  _out: Writable | string,
): Promise<void> {
  throw new RuleError('fault', 'not written yet')
}
