import type { ColumnKind } from './column-kind.js'
import type { Table } from './table.js'
import type { WarehouseMode } from './table-options.js'

/** How a database writes what the others write in another way. */
export interface Dialect {
  /** A name in quotes, in which every name is safe. */
  quote(name: string): string
  /** The table's name in full. */
  place(table: Table): string
  readonly types: Readonly<Record<ColumnKind, string>>
  /** The type of a text in a key of so many columns. */
  keyType(columns: number): string
  /** What stands behind the columns of a new table. */
  readonly tableEnd: string
}

/** Makes a table unless it is there. */
export function createSql(dialect: Dialect, table: Table): string {
  const { quote } = dialect
  const columns = table.columns.map(({ name, kind }) => {
    const isKey = table.key.includes(name)
    const type = isKey && kind === 'text' ? dialect.keyType(table.key.length) : dialect.types[kind]
    return `${quote(name)} ${type}${isKey ? ' not null' : ''}`
  })
  const key = table.key.length === 0 ? [] : [`primary key (${table.key.map(quote).join(', ')})`]
  return `create table if not exists ${dialect.place(table)} (${[...columns, ...key].join(', ')})${dialect.tableEnd}`
}

/** `insert into TABLE as standing (COLUMNS)`; without the alias where nothing refers to it. */
export function insertSql({ quote, place }: Dialect, table: Table, alias: '' | ' as standing'): string {
  return `insert into ${place(table)}${alias} (${table.columns.map(({ name }) => quote(name)).join(', ')})`
}

/** What becomes of a row whose key is there, for the databases that say `on conflict`. */
export function conflictSql({ quote }: Dialect, table: Table, mode: WarehouseMode): string {
  if (table.key.length === 0) return ''
  const sets = valuesOf(table).map(({ name, kind }) => {
    const column = quote(name)
    const [old, fresh] = [`standing.${column}`, `excluded.${column}`]
    const value = mode === 'add' && kind !== 'text' ? `coalesce(${old} + ${fresh}, ${old}, ${fresh})` : fresh
    return `${column} = ${value}`
  })
  const then = sets.length === 0 ? 'do nothing' : `do update set ${sets.join(', ')}`
  return ` on conflict (${table.key.map(quote).join(', ')}) ${then}`
}

/** The columns beside the key. */
export const valuesOf = ({ columns, key }: Table): Table['columns'] => columns.filter(({ name }) => !key.includes(name))

/** A name in double quotes, as the standard has it. */
export const doubleQuoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
