import { rm } from 'node:fs/promises'
import type { Parts } from '../rule.js'
import { CsvFile } from './csv-file.js'
import type { Duck } from './duck.js'
import { copyParquet } from './parquet-copy.js'
import type { ReducedColumn, ReducedFile, ValueKind } from './reduce-task.js'
import { csvTable } from './sql-text.js'

/** More columns than this are a mistake of a function that makes them of values. */
const COLUMNS_MAX = 1_000

/**
 * Rows that functions of the user made, on their way to DuckDB. Nobody knows yet what type each column will have, so each value is a
 * text that tells its kind in front: `t` text, `n` number, `j` other JSON.
 */
export class LooseRows {
  readonly #csv: CsvFile
  readonly #columns = new Map<
    string,
    { readonly at: number; readonly kinds: Set<ValueKind>; readonly known: ReducedColumn | null }
  >()
  readonly #keys: readonly string[]
  #rows = 0

  /** @param keys Columns of the text that rows are sorted by: those that `add` is given. */
  constructor(path: string, keys: readonly string[], known: readonly ReducedColumn[]) {
    this.#csv = new CsvFile(path)
    this.#keys = keys
    for (const column of known)
      this.#columns.set(column.name, { at: this.#columns.size, kinds: new Set(), known: column })
  }

  /**
   * Takes a row, the next one of its key.
   *
   * @throws RangeError when there are too many columns. TypeError when a value has no JSON.
   */
  add(key: readonly string[], row: Parts): void {
    const values: (string | null)[] = new Array(this.#columns.size).fill(null)
    for (const [name, value] of Object.entries(row)) {
      const [kind, text] = kindOf(value)
      if (kind === null) continue
      const column = this.#columnOf(name)
      column.kinds.add(kind)
      values[column.at] = text
    }
    // An index grows past the end where a column is new.
    for (let at = 0; at < values.length; at++) values[at] ??= null
    this.#csv.add([...key, this.#rows++, JSON.stringify(values)])
  }

  /** Ends them as a Parquet file. */
  async finish(duck: Duck, keyset: string, file: string): Promise<ReducedFile> {
    const bytes = this.#csv.close()
    const types = [
      ...this.#keys.map((key) => [key, 'VARCHAR'] as const),
      ['s', 'BIGINT'] as const,
      ['r', 'VARCHAR'] as const,
    ]
    const table = csvTable(types, [this.#csv.path], { bytes, recordBytes: 128 * 1024 * 1024 })
    await copyParquet(duck, `SELECT * EXCLUDE (r), from_json(r, '["VARCHAR"]') AS r FROM ${table}`, file)
    await rm(this.#csv.path)
    const columns = [...this.#columns].map(
      ([name, { kinds, known }]) => ({ name, type: known?.type ?? 'any', kinds: [...kinds] }) as const,
    )
    return { keyset, file, rows: this.#rows, shape: 'loose', columns }
  }

  /** Ends them for nothing. */
  async drop(): Promise<void> {
    this.#csv.close()
    await rm(this.#csv.path, { force: true })
  }

  #columnOf(name: string) {
    const known = this.#columns.get(name)
    if (known !== undefined) return known
    if (this.#columns.size >= COLUMNS_MAX) throw new RangeError(`rows have more than ${COLUMNS_MAX} different columns`)
    const column = { at: this.#columns.size, kinds: new Set<ValueKind>(), known: null }
    this.#columns.set(name, column)
    return column
  }
}

/** What kind of value it is, and its text; null for none, which numbers that are not finite are too, as in JSON. */
function kindOf(value: unknown): readonly [kind: ValueKind | null, text: string | null] {
  switch (typeof value) {
    case 'string':
      return ['text', `t${value.toWellFormed()}`]
    case 'number':
      if (!Number.isFinite(value)) return [null, null]
      return [Number.isSafeInteger(value) ? 'whole' : 'number', `n${value}`]
    case 'bigint':
      return bigKind(value)
    case 'boolean':
      return ['other', `j${value}`]
    case 'object': {
      if (value === null) return [null, null]
      if (value instanceof Date)
        return Number.isNaN(value.getTime()) ? [null, null] : ['text', `t${value.toISOString()}`]
      const json = JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? plain(member) : member))
      return json === undefined ? [null, null] : ['other', `j${json.toWellFormed()}`]
    }
    default:
      return [null, null]
  }
}

/** Beyond 38 digits no column of whole numbers holds it. */
function bigKind(value: bigint): readonly [kind: ValueKind | null, text: string | null] {
  if (Number.isSafeInteger(Number(value))) return ['whole', `n${value}`]
  return value > -(10n ** 38n) && value < 10n ** 38n ? ['big', `n${value}`] : ['number', `n${value}`]
}

const plain = (value: bigint): number | string => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value))
