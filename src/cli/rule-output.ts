import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { RESULT_FORMATS, type ResultFormat } from '../rule/result/write-result.js'
import type { ResultFile } from '../rule/result-file.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'
import type { Output } from './print/output.js'
import { writeWhole } from './whole-file.js'

/** Writes one result, as `writeResult` does. */
export type WriteResult = (result: ResultFile, format: ResultFormat, out: Writable | string) => Promise<void>

/** How and where a result is written. */
export interface ResultPlace {
  readonly format: ResultFormat
  /** null: standard output. */
  readonly file: string | null
}

/**
 * Where the command line says that a result goes.
 *
 * @throws CliError `usage` for Parquet on standard output, which holds one file only, and no text; and for a file's name that tells another format.
 */
export function resultPlace(
  { format, output }: { readonly format: ResultFormat | undefined; readonly output: string | undefined },
  json: boolean,
): ResultPlace {
  const file = output === undefined || output === '-' ? null : output
  const place = { format: format ?? (json ? 'json' : formatOf(file)), file }
  if (place.format !== 'parquet' || file !== null) return place
  throw new CliError('usage', 'Parquet goes to a file', { hint: 'Name it: -o result.parquet.' })
}

/** By the extension of its name; without one it is CSV. @throws CliError `usage` when that is one of another format. */
function formatOf(file: string | null): ResultFormat {
  const extension = extname(file ?? '').slice(1)
  const format = RESULT_FORMATS.find((each) => each === extension.toLowerCase())
  // What has no letters, as in `totals.2026-11`, is no extension.
  if (format !== undefined || !/[a-z]/i.test(extension)) return format ?? 'csv'
  throw new CliError('usage', `--output: a result is not written as .${extension}`, {
    hint: `${didYouMean(extension, RESULT_FORMATS)}A name ends with ${RESULT_FORMATS.map((each) => `.${each}`).join(', ')}; or say --format.`,
  })
}

/**
 * Writes the results of a run, several keysets one after the other: with a line that names each (`csv`, `table`), as one object
 * (`json`), as objects of one member (`jsonl`), or as a file each (`parquet`).
 *
 * @returns The files that were made, in the order of the keysets; none for standard output.
 * @throws CliError `failed` when a file cannot be written; the one that was there is then as before.
 */
export async function writeResults(
  write: WriteResult,
  results: readonly ResultFile[],
  { format, file }: ResultPlace,
  out: Output,
): Promise<readonly string[]> {
  if (file === null) {
    await writeAll(write, results, format, out.writable())
    return []
  }
  if (format === 'parquet') return writeParquet(write, results, file)
  const stream = new PassThrough()
  const writing = writeAll(write, results, format, stream).then(
    () => stream.end(),
    (error: Error) => stream.destroy(error),
  )
  await writeWhole(file, textsOf(stream))
  await writing
  return [file]
}

async function* textsOf(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  yield* stream as AsyncIterable<string>
}

async function writeAll(
  write: WriteResult,
  results: readonly ResultFile[],
  format: ResultFormat,
  out: Writable,
): Promise<void> {
  const [only] = results
  if (only !== undefined && results.length === 1) return write(only, format, out)
  if (format === 'json') return writeObject(write, results, out)
  for (const [at, result] of results.entries()) {
    if (format === 'jsonl') await writeMembers(write, result, out)
    else {
      out.write(`${format === 'table' && at > 0 ? '\n' : ''}# ${result.keyset}\n`)
      await write(result, format, out)
    }
  }
}

/** One object with a list for each keyset. */
async function writeObject(write: WriteResult, results: readonly ResultFile[], out: Writable): Promise<void> {
  for (const [at, result] of results.entries()) {
    out.write(`${at === 0 ? '{' : ','}${JSON.stringify(result.keyset)}:`)
    await write(result, 'json', out)
  }
  out.write(results.length === 0 ? '{}\n' : '}\n')
}

/** Each row as `{"KEYSET":{…}}`. */
async function writeMembers(write: WriteResult, result: ResultFile, out: Writable): Promise<void> {
  const lines = new PassThrough()
  const writing = write(result, 'jsonl', lines).then(
    () => lines.end(),
    (error: Error) => lines.destroy(error),
  )
  const before = `{${JSON.stringify(result.keyset)}:`
  let rest = ''
  for await (const text of textsOf(lines)) {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    const said = parts.map((line) => `${before}${line}}\n`).join('')
    if (said !== '' && !out.write(said) && !out.destroyed) await once(out, 'drain')
  }
  await writing
}

async function writeParquet(
  write: WriteResult,
  results: readonly ResultFile[],
  file: string,
): Promise<readonly string[]> {
  const isFolder = await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const stem = file.replace(/\.parquet$/, '')
  const files: string[] = []
  for (const result of results) {
    const many = isFolder ? join(file, `${result.keyset}.parquet`) : `${stem}.${result.keyset}.parquet`
    const path = results.length === 1 && !isFolder ? file : many
    await write(result, 'parquet', path)
    files.push(path)
  }
  return files
}
