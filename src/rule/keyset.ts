import { instead } from '../core/members.js'
import { aggregateOf } from './aggregate.js'
import type { Faults } from './faults.js'
import type { Aggregate, Keyset, KeysetOptions } from './rule.js'

/** What one keyset may say. */
export const KEYSET_OPTIONS: readonly (keyof KeysetOptions)[] = [
  'keyParts',
  'valueParts',
  'columnMappings',
  'table',
  'partsPreprocess',
  'partsPostprocess',
]

/** What a keyset is made of, besides its options. */
export interface KeysetFrame {
  readonly name: string
  /** Its table unless it says otherwise. */
  readonly table: string
  /** How faults name its options: empty, or such as `keyset 'donors': `. */
  readonly prefix: string
}

/** A keyset with nothing optional left; what is wrong with it goes to `faults`, and the keyset is then of no use. */
export function keysetOf({ name, table, prefix }: KeysetFrame, options: KeysetOptions, faults: Faults): Keyset {
  const { keyParts, valueParts, columnMappings = {}, partsPreprocess = [], partsPostprocess = [] } = options
  const keys = faults.texts(`${prefix}keyParts`, keyParts) ? [...keyParts] : []
  if (Array.isArray(keyParts) && keyParts.length === 0) faults.add(`${prefix}keyParts names no field`)
  const values = aggregatesOf(`${prefix}valueParts`, valueParts, faults)
  faults.functions(`${prefix}partsPreprocess`, partsPreprocess, 'records')
  faults.functions(`${prefix}partsPostprocess`, partsPostprocess, 'records')
  faults.name(`${prefix}table`, options.table)
  const columns = [...keys, ...values.map(({ column }) => column)]
  const mappings = faults.object(`${prefix}columnMappings`, columnMappings) ? { ...columnMappings } : {}
  checkColumnNames({ prefix, columns, mappings, addsColumns: partsPostprocess.length > 0 }, faults)
  return Object.freeze({
    name,
    keyParts: Object.freeze(keys),
    values: Object.freeze(values),
    columnMappings: Object.freeze(mappings),
    table: options.table ?? table,
    partsPreprocess: listOf(partsPreprocess),
    partsPostprocess: listOf(partsPostprocess),
  })
}

/** A frozen copy of what should be a list. */
export const listOf = <Item>(items: readonly Item[]): readonly Item[] =>
  Object.freeze(Array.isArray(items) ? [...items] : [])

/** What is wrong with names of columns of a result: stores and Parquet know upper and lower case as the same. */
export function checkColumns(prefix: string, columns: readonly string[], faults: Faults): void {
  const seen = new Map<string, string>()
  for (const column of columns) {
    const known = seen.get(column.toLowerCase())
    seen.set(column.toLowerCase(), column)
    if (known === undefined) continue
    if (known === column) faults.add(`${prefix}the result has the column '${column}' twice`)
    else faults.add(`${prefix}the columns '${known}' and '${column}' differ in upper and lower case only`)
  }
}

function aggregatesOf(what: string, value: unknown, faults: Faults): Aggregate[] {
  if (!Array.isArray(value)) {
    faults.add(value === undefined ? `${what} is missing: it must be a list` : `${what} must be a list`)
    return []
  }
  return value
    .map((item, at) => aggregateOf(`${what}[${at}]`, item, faults))
    .filter((item): item is Aggregate => item !== null)
    .map((item) => Object.freeze(item))
}

interface ColumnNames {
  readonly prefix: string
  readonly columns: readonly string[]
  readonly mappings: Readonly<Record<string, string>>
  /** A postprocess may, so that nobody knows yet what columns there are. */
  readonly addsColumns: boolean
}

function checkColumnNames({ prefix, columns, mappings, addsColumns }: ColumnNames, faults: Faults): void {
  const what = `${prefix}columnMappings`
  for (const [from, to] of Object.entries(mappings)) {
    faults.text(`${what}.${from}`, to)
    if (!addsColumns && !columns.includes(from)) faults.add(`${what}: no column '${from}': ${instead(from, columns)}`)
  }
  const mapped = columns.map((column) => (Object.hasOwn(mappings, column) ? String(mappings[column]) : column))
  const twice = columns.filter((column, at) => columns.indexOf(column) < at)
  // A row is an object before its columns are renamed.
  for (const column of new Set(twice)) faults.add(`${prefix}'${column}' is a column twice: name one otherwise by 'as'`)
  if (twice.length === 0) checkColumns(prefix, mapped, faults)
}
