import { createRequire } from 'node:module'
import type Papa from 'papaparse'

/** Reads a text that should be one record: its fields, or null when it is none or more than one. */
export type RecordParser = (text: string) => readonly string[] | null

/** A parser by papaparse, which is loaded when a file first needs it: most have no quotes, and commands start sooner. */
export function recordParser(delimiter: string): RecordParser {
  // `require`, so that reading a block of lines need not wait for a promise in the middle.
  const papaparse = createRequire(import.meta.url)('papaparse') as typeof Papa
  // Its parser itself, kept: 1 µs a record, where `papaparse.parse` takes 3. Two records are enough to see a fault.
  const parser = new papaparse.Parser({ delimiter, newline: '\n', preview: 2 })
  return (text) => {
    const { data, errors } = parser.parse(text, 0, false) as Papa.ParseResult<string[]>
    return errors.length === 0 && data.length === 1 ? (data[0] ?? null) : null
  }
}
