import type { ColumnKind } from './column-kind.js'

/** A row of `COLUMNS`. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly kind: string
  readonly is_required: boolean
}

/** The columns of a table; of anything else that can be read, too. */
export const COLUMNS = `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, c.relkind as kind,
  a.attnotnull and not a.atthasdef and a.attidentity = '' as is_required
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped
  and c.relkind in ('r', 'p', 'v', 'm', 'f') order by a.attnum`

/** The columns of its primary key, and of each unique index that is whole. */
export const KEYS = `select array_agg(a.attname::text) as columns
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
  cross join unnest(i.indkey) with ordinality as k(number, place)
  left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
  where n.nspname = $1 and c.relname = $2 and i.indisunique and i.indpred is null and i.indimmediate and i.indisvalid
  and k.place <= i.indnkeyatts group by i.indexrelid having bool_and(k.number > 0)`

/** The kinds that a type can hold. */
export const HOLDS: ReadonlyMap<string, readonly ColumnKind[]> = new Map<string, readonly ColumnKind[]>([
  ['text', ['text']],
  ['character varying', ['text']],
  ['bigint', ['integer']],
  ['integer', ['integer']],
  ['smallint', ['integer']],
  ['numeric', ['integer', 'number']],
  ['double precision', ['integer', 'number']],
])
