import type { Faults } from './faults.js'
import type { CsvReaderOptions, Reader } from './reader.js'

/** Each line is an object in JSON. */
export const jsonLines = (): Reader => ({ kind: 'jsonLines' })

/** Comma-separated values by RFC 4180: a record may span lines inside of quotes. */
export const csv = (options: CsvReaderOptions = {}): Reader => ({ ...options, kind: 'csv' })

/** Each line is JSON when it begins with `{`, else CSV. */
export const dynamic = (options: CsvReaderOptions = {}): Reader => ({ ...options, kind: 'dynamic' })

/** Rows of Parquet files. */
export const parquet = (): Reader => ({ kind: 'parquet' })

/** Each line, as the field `line`. */
export const lines = (): Reader => ({ kind: 'lines' })

/** The delimiter of each dialect. */
const DELIMITERS = { excel: ',', tsv: '\t', semicolon: ';' } as const

/** What stands between the fields of a record. */
export const delimiterOf = ({ delimiter, dialect = 'excel' }: CsvReaderOptions): string =>
  delimiter ?? DELIMITERS[dialect]

/** What is wrong with a rule's `input`. */
export function checkReader(input: unknown, faults: Faults): void {
  if (!faults.object('input', input)) return
  const { kind } = input
  if (kind === 'csv' || kind === 'dynamic') checkCsv(kind, input, faults)
  else if (kind === 'jsonLines' || kind === 'parquet' || kind === 'lines') faults.known(`${kind}()`, input, ['kind'])
  else faults.add('input is no reader: it must be jsonLines(), csv(…), dynamic(…), parquet() or lines()')
}

function checkCsv(kind: string, input: Readonly<Record<string, unknown>>, faults: Faults): void {
  const { fields, header, dialect, delimiter } = input
  const name = `${kind}()`
  faults.known(name, input, ['kind', 'fields', 'header', 'dialect', 'delimiter'])
  faults.trueOrFalse(`${name}'s header`, header)
  faults.oneOf(`${name}'s dialect`, dialect, Object.keys(DELIMITERS))
  if (fields !== undefined && faults.texts(`${name}'s fields`, fields)) checkFields(name, fields, faults)
  if (fields !== undefined && header === true)
    faults.add(`${name} has both fields and header: one of them names columns`)
  if (delimiter === undefined) return
  if (dialect !== undefined) faults.add(`${name} has both dialect and delimiter: give one of them`)
  // Half of a pair would cut characters in two; a line end or a quote has another meaning.
  if (typeof delimiter === 'string' && /^[^\p{Cs}"\r\n\0]$/u.test(delimiter)) return
  faults.add(`${name}'s delimiter is ${JSON.stringify(delimiter)}: it must be one character, no quote and no line end`)
}

function checkFields(name: string, fields: readonly string[], faults: Faults): void {
  if (fields.length === 0) faults.add(`${name}'s fields are none`)
  const twice = fields.filter((field, at) => fields.indexOf(field) < at)
  for (const field of new Set(twice)) faults.add(`${name}'s fields name '${field}' more than once`)
}
