import { RuleError } from '../../core/errors.js'
import type { KeysetRows, ResultColumn } from '../rule.js'
import type { ColumnKind } from './column-kind.js'
import type { TableSettings } from './table-options.js'

/** A column of a table that is to be. */
export interface TableColumn {
  readonly name: string
  readonly kind: ColumnKind
}

/** A table as the rows of a keyset need it. */
export interface Table {
  readonly name: string
  readonly columns: readonly TableColumn[]
  /** Names of the columns of its primary key; empty: none, and rows are appended. */
  readonly key: readonly string[]
}

/** Where the ids of the runs are kept that have been written. */
export const RUNS: Table = {
  name: 'hob_runs',
  columns: ['run', 'rule', 'at'].map((name) => ({ name, kind: 'text' })),
  key: ['run'],
}

/** In tables that are appended to: the run that wrote a row. */
export const RUN_COLUMN = 'hob_run'

/** The shortest that any of the databases allows for a name: PostgreSQL's 63 bytes, beyond which it would cut in silence. */
const NAME_BYTES_MAX = 63

/**
 * The table for the rows of a keyset.
 *
 * @throws RuleError `warehouse` when no database can have such a table: names too long or twice, rows without a key.
 */
export function planTable(rows: KeysetRows, { mode, types }: TableSettings): Table {
  const fail = (says: string, hint: string): never => {
    throw new RuleError('warehouse', `keyset '${rows.keyset}': ${says}; nothing was written`, { hint })
  }
  const isKey = (name: string) => rows.keyColumns.includes(name)
  const columns: TableColumn[] = rows.columns.map((column) => ({
    name: column.name,
    kind: types[column.name] ?? (isKey(column.name) ? 'text' : kindOf(column)),
  }))
  if (mode === 'append') columns.push({ name: RUN_COLUMN, kind: 'text' })
  for (const name of [rows.table, ...columns.map((column) => column.name)]) {
    if (name === '' || name.includes('\0') || Buffer.byteLength(name) > NAME_BYTES_MAX) {
      fail(`'${name}' cannot name a table or a column`, 'Use `table` and `columnMappings` for names of 1 to 63 bytes.')
    }
  }
  // Most databases do not tell capitals in names.
  const folded = columns.map(({ name }) => name.toLowerCase())
  const twice = columns.find(({ name }, at) => folded.indexOf(name.toLowerCase()) < at)
  if (twice !== undefined) {
    fail(`two columns are called '${twice.name}'`, 'Give one of them another name by `columnMappings`.')
  }
  if (rows.table.toLowerCase() === RUNS.name) fail(`'${RUNS.name}' is the table of the runs`, 'Name another `table`.')
  const key = mode === 'append' ? [] : rows.keyColumns
  if (mode !== 'append' && key.length === 0) {
    fail(`its rows have no key to ${mode} by`, "Write it with mode 'append', or give it key parts.")
  }
  return { name: rows.table, columns, key }
}

/** What a postprocess made may be anything: text holds it all. */
const kindOf = ({ type }: ResultColumn): ColumnKind => (type === 'any' ? 'text' : type)
