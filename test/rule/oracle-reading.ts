// Files into records, one character after the other.
import type { CsvReaderOptions, Reader } from '#hob/rule/reader.js'
import type { Parts } from '#hob/rule/rule.js'

/** A record, or null for what is none. */
export type Read = Parts | null

/** A line without its end; what is no text is bad, and looks like what can be made of it. */
interface Line {
  readonly text: string
  readonly isBad: boolean
}

/** All records of a file, bad ones too. */
export function recordsOf(reader: Reader, bytes: Buffer): readonly Read[] {
  const lines = linesOf(bytes)
  switch (reader.kind) {
    case 'jsonLines':
      return lines.filter(({ text }) => text.trim() !== '').map(jsonObject)
    case 'lines':
      return lines.flatMap((line) => {
        const text = withoutReturn(line.text)
        return text === '' ? [] : [line.isBad ? null : { line: text }]
      })
    case 'csv':
    case 'dynamic':
      return named(csvRecords(lines, reader), reader)
    case 'parquet':
      throw new Error('this one reads text')
  }
}

function linesOf(bytes: Buffer): readonly Line[] {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 10) continue
    pieces.push(bytes.subarray(from, at))
    from = at + 1
  }
  if (from < bytes.length) pieces.push(bytes.subarray(from))
  return pieces.map((piece, index) => lineOf(piece, index === 0))
}

function lineOf(bytes: Buffer, isFirst: boolean): Line {
  const hasMark = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const text = (hasMark ? bytes.subarray(3) : bytes).toString()
  return { text, isBad: text.includes('\0') || !isText(bytes) }
}

function isText(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Lines of Windows end with one more character. */
const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text)

function jsonObject({ text, isBad }: Line): Read {
  try {
    const value: unknown = isBad ? null : JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** Whether it can be a record. */
export const isObject = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields of a record of CSV, or a line of JSON; null for what is none. */
type Found = readonly string[] | { readonly json: Read } | null

/** Records of CSV, which go on over lines until their quotes balance; of one that never reads, the first line alone is bad. */
function csvRecords(lines: readonly Line[], reader: CsvReaderOptions & { readonly kind: string }): readonly Found[] {
  const records: Found[] = []
  for (let at = 0; at < lines.length; ) {
    const first = lines[at]
    if (reader.kind === 'dynamic' && first?.text.startsWith('{')) {
      records.push({ json: jsonObject(first) })
      at++
      continue
    }
    const ends = lines.slice(at).map((_, count) => at + count + 1)
    const end = ends.find((each) => isBalanced(lines.slice(at, each)))
    const record = lines.slice(at, end ?? at + 1)
    const text = withoutReturn(record.map((line) => line.text).join('\n'))
    const isBad = record.some((line) => line.isBad)
    const fields = isBad || end === undefined ? null : fieldsOf(text, delimiterOf(reader))
    if (text !== '' || isBad) records.push(fields)
    // Within its quotes a bad line belongs to the record.
    at = fields === null && !isBad ? at + 1 : at + record.length
  }
  return records
}

const isBalanced = (lines: readonly Line[]): boolean =>
  lines
    .map(({ text }) => text)
    .join('')
    .split('"').length %
    2 ===
  1

function fieldsOf(text: string, delimiter: string): readonly string[] | null {
  const fields: string[] = []
  let at = 0
  for (;;) {
    let field = ''
    if (text[at] === '"') {
      at++
      while (at < text.length && (text[at] !== '"' || text[at + 1] === '"')) {
        field += text[at]
        at += text[at] === '"' ? 2 : 1
      }
      if (text[at] !== '"') return null
      at++
    } else {
      while (at < text.length && text[at] !== delimiter) field += text[at++]
      if (field.includes('\n')) return null
    }
    fields.push(field)
    if (at === text.length) return fields
    if (text[at] !== delimiter) return null
    at++
  }
}

function named(records: readonly Found[], { header = false, fields }: CsvReaderOptions): readonly Read[] {
  const [first] = records
  const names = header ? (Array.isArray(first) ? first : []) : (fields ?? null)
  return records.slice(header ? 1 : 0).map((record) => {
    if (record === null) return null
    if ('json' in record) return record.json
    if (names !== null && names.length !== record.length) return null
    return Object.fromEntries(record.map((value, index) => [names?.[index] ?? `_${index}`, value]))
  })
}

const delimiterOf = ({ dialect = 'excel', delimiter }: CsvReaderOptions): string =>
  delimiter ?? { excel: ',', tsv: '\t', semicolon: ';' }[dialect]
