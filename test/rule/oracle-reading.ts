// Files into records, one character after the other.
import type { CsvReaderOptions, Reader } from '#hob/rule/reader.js'
import type { Parts } from '#hob/rule/rule.js'

/** A record, or null for what is none. */
export type Read = Parts | null

/** All records of a file, bad ones too. */
export function recordsOf(reader: Reader, bytes: Buffer): readonly Read[] {
  const lines = linesOf(bytes)
  switch (reader.kind) {
    case 'jsonLines':
      return lines.filter((line) => line === null || line.trim() !== '').map(jsonObject)
    case 'lines':
      return lines.filter((line) => line !== '').map((line) => (line === null ? null : { line }))
    case 'csv':
      return named(csvRecords(lines, delimiterOf(reader)), reader)
    case 'dynamic':
      return lines.flatMap((line) =>
        line?.startsWith('{') ? [jsonObject(line)] : named(csvRecords([line], delimiterOf(reader)), reader),
      )
    case 'parquet':
      throw new Error('this one reads text')
  }
}

/** Lines without their ends; null for one that is no text. */
function linesOf(bytes: Buffer): readonly (string | null)[] {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 10) continue
    pieces.push(bytes.subarray(from, at))
    from = at + 1
  }
  if (from < bytes.length) pieces.push(bytes.subarray(from))
  return pieces.map((piece, index) => textOf(piece, index === 0))
}

function textOf(bytes: Buffer, isFirst: boolean): string | null {
  const hasMark = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(hasMark ? bytes.subarray(3) : bytes)
    if (text.includes('\0')) return null
    return text.endsWith('\r') ? text.slice(0, -1) : text
  } catch {
    return null
  }
}

function jsonObject(line: string | null): Read {
  try {
    const value: unknown = JSON.parse(line ?? '')
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** Whether it can be a record. */
export const isObject = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields of records; a record goes on over lines until its quotes balance, and when it never reads, its first line alone is bad. */
function csvRecords(lines: readonly (string | null)[], delimiter: string): readonly (readonly string[] | null)[] {
  const records: (readonly string[] | null)[] = []
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] === '') continue
    let end = at + 1
    let text = lines[at] ?? null
    while (text !== null && text.split('"').length % 2 === 0 && end < lines.length) {
      const next: string | null = lines[end++] ?? null
      text = next === null ? null : `${text}\n${next}`
    }
    const fields = text === null ? null : fieldsOf(text, delimiter)
    records.push(fields)
    if (fields !== null) at = end - 1
  }
  return records
}

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
    }
    fields.push(field)
    if (at === text.length) return fields
    if (text[at] !== delimiter) return null
    at++
  }
}

function named(
  records: readonly (readonly string[] | null)[],
  { header = false, fields }: CsvReaderOptions,
): readonly Read[] {
  const names = header ? (records[0] ?? null) : (fields ?? null)
  return records.slice(header ? 1 : 0).map((values) => {
    if (values === null || (names !== null && names.length !== values.length)) return null
    return Object.fromEntries(values.map((value, index) => [names?.[index] ?? `_${index}`, value]))
  })
}

const delimiterOf = ({ dialect = 'excel', delimiter }: CsvReaderOptions): string =>
  delimiter ?? { excel: ',', tsv: '\t', semicolon: ';' }[dialect]
