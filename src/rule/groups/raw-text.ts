import { recordParser } from '../../orders/rows/csv-record.js'
import { CsvColumns } from '../map/csv-columns.js'

/** Makes values of raw text as the row readers do. */
export interface RawText {
  field(raw: string): unknown
  /** The record of a line. */
  record(raw: string): unknown
}

/** Lines of JSON. */
export const RAW_JSON: RawText = {
  // Most are strings without escapes, as which they are what stands between their quotes.
  field: (raw) => (raw.startsWith('"') && !raw.includes('\\') ? raw.slice(1, -1) : (JSON.parse(raw) as unknown)),
  record: (raw) => JSON.parse(raw) as unknown,
}

/** Lines, each the field `line`. */
export const RAW_LINES: RawText = {
  field: (raw) => raw,
  record: (raw) => ({ line: raw }),
}

/** Fields of CSV, in quotes or not. @param names Of the columns; null: they are numbered. */
export function rawCsv(delimiter: string, names: readonly string[] | null): RawText {
  const parse = recordParser(delimiter)
  const columns = new CsvColumns({}, names)
  return {
    field: (raw) => (raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw),
    record: (raw) => columns.parts(parse(raw) ?? []),
  }
}
