import type { ColumnKind } from './column-kind.js'

/** A row of `HEAD`. */
export interface Head {
  readonly engine: string | null
}

/** A row of `COLUMNS`. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly is_required: number
}

/** A row of `KEYS`. */
export interface KeyPart {
  readonly key: string
  readonly name: string
  readonly collation: string | null
}

/** How a table is kept; a view has no engine. */
export const HEAD =
  'select engine as engine from information_schema.tables where table_schema = database() and table_name = ?'

/** The columns of a table. */
export const COLUMNS = `select column_name as name, data_type as type,
  is_nullable = 'NO' and column_default is null and extra not like '%auto_increment%' and extra not like '%generated%' as is_required
  from information_schema.columns where table_schema = database() and table_name = ? order by ordinal_position`

/** The columns of its primary key, and of each unique index that takes them whole. */
export const KEYS = `select s.index_name as \`key\`, c.column_name as name, c.collation_name as collation
  from information_schema.statistics s join information_schema.columns c using (table_schema, table_name, column_name)
  where table_schema = database() and table_name = ? and s.non_unique = 0 and s.sub_part is null
  order by s.index_name = 'PRIMARY' desc, s.index_name, s.seq_in_index`

/** The kinds that a type can hold. */
export const HOLDS: ReadonlyMap<string, readonly ColumnKind[]> = new Map<string, readonly ColumnKind[]>([
  ...['varchar', 'tinytext', 'text', 'mediumtext', 'longtext'].map((type) => [type, ['text']] as const),
  ...['bigint', 'int', 'mediumint', 'smallint', 'tinyint'].map((type) => [type, ['integer']] as const),
  ['decimal', ['integer']],
  ['double', ['integer', 'number']],
])

/** Compares byte by byte, also blanks at the end: others take different texts for one. */
export const isExact = ({ collation }: KeyPart): boolean =>
  collation === null || /_nopad_bin$|_0900_bin$|^binary$/.test(collation)

/** MariaDB and MySQL have such a collation under different names. */
export const collationOf = (version: string): string =>
  /mariadb/i.test(version) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
