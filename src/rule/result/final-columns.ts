import type { Keyset, ResultColumn } from '../rule.js'
import { columnsOf, finalName } from './reduce-keyset.js'
import type { ReducedColumn, ReducedFile, ValueKind } from './reduce-task.js'
import { keyColumns } from './spill-columns.js'
import { asDouble, literalPath, quoted } from './sql-text.js'

/** A column of a result. */
export interface FinalColumn extends ResultColumn {
  /** Before it was renamed. */
  readonly part: string
  /** Of whole numbers, some beyond 64 bits: a decimal of 38 digits. */
  readonly isBig: boolean
}

/** The columns of a keyset without functions of the user: those of sums are whole unless one partition has a sum that is not. */
export function typedTypes(keyset: Keyset, files: readonly ReducedFile[]): readonly FinalColumn[] {
  return columnsOf(keyset).map(({ name, type }) => {
    const kinds = kindsOf(name, files)
    const isNumber = type === 'number' || kinds.has('number')
    return final(keyset, name, { type: isNumber ? 'number' : type, isBig: !isNumber && kinds.has('big') })
  })
}

/** The columns of what functions made: of each partition's, those that the keyset knows first, then the others by their names. */
export function looseTypes(keyset: Keyset, files: readonly ReducedFile[]): readonly FinalColumn[] {
  const known = keyset.values.length > 0 || keyset.keyParts.length > 0 ? columnsOf(keyset) : (files[0]?.columns ?? [])
  const names = new Set(known.map(({ name }) => name))
  const others = new Set(
    files.flatMap(({ columns }) => columns.map(({ name }) => name).filter((name) => !names.has(name))),
  )
  const all: ReducedColumn[] = [...known, ...[...others].sort().map((name) => ({ name, type: 'any' }) as const)]
  return all.map(({ name, type }) => final(keyset, name, typeOf(kindsOf(name, files), type)))
}

const final = (keyset: Keyset, part: string, { type, isBig }: Omit<FinalColumn, 'name' | 'part'>): FinalColumn => ({
  name: finalName(keyset, part),
  part,
  type,
  isBig,
})

const kindsOf = (name: string, files: readonly ReducedFile[]): ReadonlySet<ValueKind> =>
  new Set(files.flatMap(({ columns }) => columns.find((column) => column.name === name)?.kinds ?? []))

function typeOf(kinds: ReadonlySet<ValueKind>, type: ResultColumn['type']): Omit<FinalColumn, 'name' | 'part'> {
  const isOnly = (...allowed: readonly ValueKind[]) => [...kinds].every((kind) => allowed.includes(kind))
  if (kinds.size === 0) return { type, isBig: false }
  if (isOnly('text')) return { type: 'text', isBig: false }
  if (isOnly('whole', 'big')) return { type: type === 'number' ? 'number' : 'integer', isBig: kinds.has('big') }
  return { type: isOnly('whole', 'big', 'number') ? 'number' : 'any', isBig: false }
}

/** One partition with its keys for the order, and its last columns. */
export function typedQuery(keyset: Keyset, { file }: ReducedFile, columns: readonly FinalColumn[]): string {
  const keys = keyColumns(keyset)
  const values = columns.map((column, place) => {
    const at = place - keys.length
    if (keyset.values[at]?.kind !== 'sum') return `${keys[place] ?? `v${at}`} AS ${quoted(column.name)}`
    const sum = column.type === 'number' ? `coalesce(d${at}, ${asDouble(`w${at}`)})` : `w${at}::${sqlType(column)}`
    return `${sum} AS ${quoted(column.name)}`
  })
  return `SELECT ${[...keys.map((key) => `${key} AS ${hidden(key)}`), ...values].join(', ')} FROM read_parquet(${literalPath(file)})`
}

/** One partition of what functions made. */
export function looseQuery(
  keyset: Keyset,
  { file, columns: own }: ReducedFile,
  columns: readonly FinalColumn[],
): string {
  const order = [...(keyset.keyParts.length > 0 ? keyColumns(keyset) : ['k0']), 's']
  const values = columns.map((column) => {
    const at = own.findIndex(({ name }) => name === column.part)
    const value = at < 0 ? 'NULL' : `r[${at + 1}]`
    return `${looseValue(column, value)} AS ${quoted(column.name)}`
  })
  return `SELECT ${[...order.map((key) => `${key} AS ${hidden(key)}`), ...values].join(', ')} FROM read_parquet(${literalPath(file)})`
}

/** A name for what only sorts, that no column of a user has. */
export const hidden = (key: string): string => quoted(`\u0001${key}`)

function looseValue(column: FinalColumn, value: string): string {
  const text = `substr(${value}, 2)`
  if (column.type === 'text') return `${text}::VARCHAR`
  if (column.type !== 'any') return `${text}::${sqlType(column)}`
  return `CASE WHEN starts_with(${value}, 't') THEN to_json(${text}::VARCHAR) ELSE ${text}::JSON END`
}

const sqlType = ({ type, isBig }: FinalColumn): string =>
  type === 'number' ? 'DOUBLE' : isBig ? 'DECIMAL(38, 0)' : 'BIGINT'
