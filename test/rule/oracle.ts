// What a rule means, over arrays: no threads, no files, no care for time. Shares nothing with `src` but types.
import type { KeysetCounters, RunCounters } from '#hob/rule/counters.js'
import type { KeysetOptions, Parts, PartsFunction, RuleOptions, ValuePart } from '#hob/rule/rule.js'
import { numberIn, sumOf } from './oracle-number.js'
import { isObject, recordsOf } from './oracle-reading.js'

/** What a rule should make of files. */
export interface Expected {
  readonly results: Record<string, ExpectedTable>
  readonly counters: RunCounters
}

/** The result of one keyset. */
export interface ExpectedTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  readonly csv: string
}

/** A keyset with the functions of its rule. */
type Grouping = KeysetOptions & { readonly name: string }

/** What a rule with `map` has instead of keysets. */
const PAIRS = '_map'

/** What `map` yields, as JSON. */
interface Pair {
  readonly key: string
  readonly value: string
}

/** Computes a rule over the content of files, one after the other. */
export function oracle(rule: RuleOptions, files: readonly Buffer[]): Expected {
  const params = rule.params ?? {}
  const groupings = groupingsOf(rule)
  const counters: RunCounters = {
    rowsRead: 0,
    rowsBad: 0,
    rowsFiltered: 0,
    bytesRead: files.reduce((sum, file) => sum + file.length, 0),
    keysets: {},
  }
  const pairs: Pair[] = []
  if (rule.map !== undefined)
    counters.keysets[PAIRS] = { rows: 0, keysMissing: 0, valuesNotNumeric: 0, absent: [], rounded: [] }
  const counted = new Map<string, Parts[]>()
  const keyless = new Map<string, Parts[]>()
  for (const { name } of groupings) {
    counters.keysets[name] = { rows: 0, keysMissing: 0, valuesNotNumeric: 0, absent: [], rounded: [] }
    counted.set(name, [])
    keyless.set(name, [])
  }

  for (const record of files.flatMap((file) => recordsOf(rule.input ?? { kind: 'dynamic' }, file))) {
    counters.rowsRead++
    try {
      if (record === null) throw new Error('not a record')
      const rows = through(rule.partsPreprocess, record, params).map((row) => transformed(row, rule))
      const made = rows.flatMap((row) => [...(rule.map?.({ ...row }, params) ?? [])])
      const rowsOf = new Map(
        groupings.map((grouping) => [
          grouping,
          rows.flatMap((row) => through(grouping.partsPreprocess, { ...row }, params)),
        ]),
      )
      pairs.push(...made.map(([key, value]) => ({ key: sortedJson(key ?? null), value: sortedJson(value ?? null) })))
      const countersOfPairs = counters.keysets[PAIRS]
      if (countersOfPairs !== undefined) countersOfPairs.rows += made.length
      if (made.length === 0 && [...rowsOf.values()].every((list) => list.length === 0)) counters.rowsFiltered++
      for (const [grouping, list] of rowsOf) {
        const counter = counters.keysets[grouping.name]
        if (counter === undefined) continue
        for (const row of list) {
          if (keysOf(row, grouping) === null) {
            counter.keysMissing++
            keyless.get(grouping.name)?.push(row)
          } else {
            counter.rows++
            counter.valuesNotNumeric += valuesNotNumeric(row, grouping)
            counted.get(grouping.name)?.push(row)
          }
        }
      }
    } catch {
      counters.rowsBad++
    }
  }

  for (const grouping of groupings) {
    const counter = counters.keysets[grouping.name]
    const [rows, others] = [counted.get(grouping.name) ?? [], keyless.get(grouping.name) ?? []]
    if (counter !== undefined) counter.absent = absentOf(grouping, rows, others)
  }
  const results: Record<string, ExpectedTable> = {}
  if (rule.map !== undefined) results[PAIRS] = reducedTable(rule, pairs)
  for (const grouping of groupings) results[grouping.name] = tableOf(grouping, counted.get(grouping.name) ?? [], params)
  return { results, counters }
}

/** Key parts that no record had; or else value parts that none had of those that were counted. */
function absentOf(grouping: Grouping, rows: readonly Parts[], keyless: readonly Parts[]): KeysetCounters['absent'] {
  const isNowhere = (part: string, among: readonly Parts[]) =>
    among.length > 0 && among.every((row) => valueIn(row, part) === null)
  const values = [...new Set(grouping.valueParts.map((part) => partOf(part).name))]
  return [
    ...grouping.keyParts
      .filter((part) => isNowhere(part, [...rows, ...keyless]))
      .map((part) => ({ part, kind: 'key' as const, meant: null })),
    ...values.filter((part) => isNowhere(part, rows)).map((part) => ({ part, kind: 'value' as const, meant: null })),
  ]
}

/** Keysets by name, or the only one; none where `map` makes pairs. */
function groupingsOf(rule: RuleOptions): readonly Grouping[] {
  if (rule.map !== undefined) return []
  if (rule.keysets === undefined) {
    const { keyParts = [], valueParts = [], columnMappings = {}, partsPostprocess = [] } = rule
    return [{ name: '_default', keyParts, valueParts, columnMappings, partsPostprocess }]
  }
  return Object.entries(rule.keysets).map(([name, keyset]) => ({
    ...keyset,
    name,
    partsPostprocess: [...(keyset.partsPostprocess ?? []), ...(rule.partsPostprocess ?? [])],
  }))
}

/** A record through functions, one after the other. */
function through(functions: readonly PartsFunction[] = [], parts: Parts, params: Parts): readonly Parts[] {
  let rows: readonly Parts[] = [parts]
  for (const change of functions) rows = rows.flatMap((row) => given(change(row, params)))
  return rows
}

function given(answer: unknown): readonly Parts[] {
  if (answer === null || answer === undefined) return []
  const rows = typeof answer === 'object' && Symbol.iterator in answer ? [...(answer as Iterable<unknown>)] : [answer]
  return rows.map((row) => {
    if (!isObject(row)) throw new Error('no object')
    return row
  })
}

function transformed(row: Parts, { fieldTransforms = {}, params = {} }: RuleOptions): Parts {
  const changed = { ...row }
  for (const [name, change] of Object.entries(fieldTransforms)) {
    if (Object.hasOwn(row, name)) changed[name] = change(row[name], params)
  }
  return changed
}

const valueIn = (row: Parts, name: string): unknown => (Object.hasOwn(row, name) ? (row[name] ?? null) : null)

/** Texts of the key; null when a part is missing. */
function keysOf(row: Parts, { keyParts }: Grouping): readonly string[] | null {
  const keys = keyParts.map((name) => textOf(valueIn(row, name)))
  return keys.includes(null) ? null : keys.map(String)
}

/** A value as a key has it; null for null, and for what JSON has as null. */
function textOf(value: unknown): string | null {
  const text = value instanceof Date ? value.toISOString() : typeof value === 'string' ? value : sortedJson(value)
  // As UTF-8 has it: half a character becomes U+FFFD.
  return typeof value !== 'string' && text === 'null' ? null : Buffer.from(text).toString()
}

/** JSON with the names of all objects in order. */
export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  if (!isObject(value) || value instanceof Date) return JSON.stringify(value ?? null)
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${sortedJson(value[name])}`).join(',')}}`
}

/** What a value part is, and the column that it makes. */
function partOf(part: ValuePart): { kind: string; name: string; column: string; q: number } {
  if (typeof part === 'string') return { kind: 'sum', name: part, column: part, q: 0 }
  const [kind = '', name] = Object.entries(part)[0] ?? []
  const column = part.as ?? (kind === 'sum' ? String(name) : `${name}_${kind}`)
  return { kind, name: String(name), column, q: 'q' in part ? part.q : 0 }
}

const NUMERIC = ['sum', 'min', 'max', 'avg', 'quantile']

/** Values that are there and no numbers, where one is needed: once, however many aggregates a field has. */
function valuesNotNumeric(row: Parts, { valueParts }: Grouping): number {
  const needed = valueParts.map(partOf).filter(({ kind }) => NUMERIC.includes(kind))
  const names = [...new Set(needed.map(({ name }) => name))]
  return names.map((name) => valueIn(row, name)).filter((value) => value !== null && numberIn(value) === null).length
}

function tableOf(grouping: Grouping, rows: readonly Parts[], params: Parts): ExpectedTable {
  const groups = new Map<string, Parts[]>()
  for (const row of rows) {
    const key = JSON.stringify(keysOf(row, grouping))
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const sorted = [...groups].map(([key, list]) => ({ keys: JSON.parse(key) as string[], list })).sort(byKeys)
  const parts = grouping.valueParts.map(partOf)
  const names = [...grouping.keyParts, ...parts.map(({ column }) => column)]
  const made = sorted.flatMap(({ keys, list }) => {
    const values = [...keys, ...parts.map((part) => aggregated(part, list))]
    const row = Object.fromEntries(names.map((name, index) => [name, values[index]]))
    return through(grouping.partsPostprocess, row, params)
  })
  return asTable(names, made, grouping.columnMappings)
}

/** Rows as columns of one type each: those that are known, and then those that functions added, by name. */
function asTable(
  known: readonly string[],
  rows: readonly Parts[],
  mappings: Readonly<Record<string, string>> = {},
): ExpectedTable {
  const added = rows.flatMap((row) =>
    Object.keys(row).filter((name) => !known.includes(name) && kept(row[name]) !== null),
  )
  const names = [...known, ...[...new Set(added)].sort()]
  const columns = names.map((name) => (Object.hasOwn(mappings, name) ? String(mappings[name]) : name))
  const values = names.map((name) => oneType(rows.map((row) => kept(valueIn(row, name)))))
  const table = rows.map((_, at) => values.map((column) => column[at]))
  return { columns, rows: table, csv: csvOf([columns, ...table]) }
}

/** A value as a result has it. */
function kept(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value).toString()
  return typeof value === 'bigint' || (value !== undefined && sortedJson(value) !== 'null') ? value : null
}

/** Numbers of a column are all integers, of any size, or all doubles. */
function oneType(values: readonly unknown[]): readonly unknown[] {
  const there = values.filter((value) => value !== null)
  const areNumbers = there.every((value) => typeof value === 'bigint' || typeof value === 'number')
  const areWhole = there.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value))
  return areNumbers && !areWhole ? values.map((value) => (typeof value === 'bigint' ? Number(value) : value)) : values
}

/** What `reduce` makes of the values of each key. */
function reducedTable({ columns = [], reduce, params = {} }: RuleOptions, pairs: readonly Pair[]): ExpectedTable {
  const keys = [...new Set(pairs.map(({ key }) => key))].sort(byBytes)
  const rows = keys.flatMap((key) => {
    const texts = pairs.filter((pair) => pair.key === key).map(({ value }) => value)
    const values = texts.sort(byBytes).map((text): unknown => JSON.parse(text))
    return [...(reduce?.(JSON.parse(key), values, params) ?? [])]
  })
  return asTable(columns, rows)
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function byKeys(a: { readonly keys: readonly string[] }, b: { readonly keys: readonly string[] }): number {
  for (const [index, key] of a.keys.entries()) {
    const order = byBytes(key, b.keys[index] ?? '')
    if (order !== 0) return order
  }
  return 0
}

function aggregated({ kind, name, q }: ReturnType<typeof partOf>, rows: readonly Parts[]): unknown {
  const values = rows.map((row) => valueIn(row, name)).filter((value) => value !== null)
  const numbers = values.map(numberIn).filter((number) => number !== null)
  if (kind === 'sum') return sumOf(numbers)
  if (kind === 'count') return values.length
  if (kind === 'countDistinct') return new Set(values.map(textOf).filter((text) => text !== null)).size
  if (numbers.length === 0) return null
  if (kind === 'avg') return Number(sumOf(numbers)) / numbers.length
  const sorted = numbers.sort((a, b) => a - b)
  return between(sorted, kind === 'min' ? 0 : kind === 'max' ? 1 : q)
}

/** The number at a share of the way through sorted ones. */
function between(sorted: readonly number[], q: number): number {
  const place = (sorted.length - 1) * q
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? 0
  const share = place - Math.floor(place)
  return low === high ? low : low * (1 - share) + high * share
}

/** CSV with quotes only where they are needed. */
export const csvOf = (rows: readonly (readonly unknown[])[]): string =>
  rows.map((row) => `${row.map((value) => fieldOf(value)).join(',')}\n`).join('')

function fieldOf(value: unknown): string {
  const text = value === null ? '' : typeof value === 'object' ? sortedJson(value) : String(value)
  // Quotes tell empty text from null.
  return /[",\r\n]/.test(text) || value === '' ? `"${text.replaceAll('"', '""')}"` : text
}
