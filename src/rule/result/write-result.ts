import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { messageOf, RuleError } from '../../core/errors.js'
import type { ResultFile } from '../result-file.js'
import { csvLine } from './cell-text.js'
import { copyCsv } from './csv-copy.js'
import type { Duck } from './duck.js'
import { wholeFile } from './parquet-copy.js'
import { csvText, jsonLinesText, jsonText, peopleText, type ResultText } from './result-text.js'

/** How a result is written. */
export type ResultFormat = 'csv' | 'table' | 'json' | 'jsonl' | 'parquet'

/** One that a terminal shows. */
export type TextFormat = Exclude<ResultFormat, 'parquet'>

/** Every format, for the command line's help. */
export const RESULT_FORMATS: readonly ResultFormat[] = ['csv', 'table', 'json', 'jsonl', 'parquet']

/** Sends a file as it is, as `writeResult` does. */
export const sendFile = (file: string, out: Writable): Promise<void> => sendAll(createReadStream(file), out)

/**
 * Below this many rows it is quicker to fetch them than to have DuckDB write a file: 5,000 took 40 ms of a thread that had yet to compile what fetches
 * them, and 15 as a file.
 */
const FEW_ROWS = 2_000

const TEXTS: Readonly<Record<TextFormat, ResultText>> = {
  csv: csvText,
  table: peopleText,
  json: jsonText,
  jsonl: jsonLinesText,
}

/**
 * Writes a result to a stream, which stays open, or to a file of this path, whole or not at all.
 *
 * - `csv`: a header; quotes only where needed; null is nothing, empty text `""`; lines end with LF
 * - `table`: for people, aligned; the first 1,000 rows and how many more there are
 * - `json`: one list of objects; `jsonl`: one object a line
 * - `parquet`: the file as it is
 *
 * A stream that was closed by its reader, such as `head`, ends it without an error.
 *
 * @throws RuleError `fault`: the file cannot be written.
 */
export async function writeResult(
  duck: Duck,
  file: ResultFile,
  format: ResultFormat,
  out: Writable | string,
): Promise<void> {
  if (typeof out !== 'string') return send(duck, file, format, out)
  try {
    await wholeFile(out, async (part) => {
      const stream = createWriteStream(part)
      await once(stream, 'open')
      await send(duck, file, format, stream)
      await new Promise<void>((resolve, reject) => stream.on('error', reject).end(resolve))
    })
  } catch (cause) {
    if (cause instanceof RuleError) throw cause
    throw new RuleError('fault', `cannot write ${out}: ${messageOf(cause)}`, {
      cause,
    })
  }
}

async function send(duck: Duck, file: ResultFile, format: ResultFormat, out: Writable): Promise<void> {
  if (format === 'parquet') return sendFile(file.file, out)
  if (format === 'csv' && file.rowCount > FEW_ROWS && (await sendCopy(duck, file, out))) return
  return sendAll(TEXTS[format](duck, file), out)
}

/** By a file beside the result, since DuckDB writes to files only. */
async function sendCopy(duck: Duck, file: ResultFile, out: Writable): Promise<boolean> {
  const copy = `${file.file}.${process.pid}.csv`
  try {
    if (!(await copyCsv(duck, file, copy))) return false
    await sendAll([csvLine(file.columns.map(({ name }) => name))], out)
    await sendAll(createReadStream(copy, { highWaterMark: 256 * 1024 }), out)
    return true
  } finally {
    await rm(copy, { force: true })
  }
}

/** Waits whenever the stream is full. */
async function sendAll(chunks: AsyncIterable<string | Buffer> | Iterable<string>, out: Writable): Promise<void> {
  let fault: unknown
  const onError = (error: unknown) => {
    fault = error
  }
  out.on('error', onError)
  try {
    for await (const chunk of chunks) {
      if (!out.write(chunk) && !out.destroyed) await hasRoom(out)
      if (out.destroyed) break
    }
  } catch (error) {
    fault ??= error
  } finally {
    out.off('error', onError)
  }
  if (fault !== undefined && (fault as NodeJS.ErrnoException).code !== 'EPIPE') throw fault
}

/** Resolves when a stream takes more, or never will. Not two `once`: that which did not come would keep its listeners. */
function hasRoom(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      out.off('drain', go).off('close', go).off('error', go)
      resolve()
    }
    out.on('drain', go).on('close', go).on('error', go)
  })
}
