import type { ColumnKind } from './column-kind.js'
import type { Table } from './table.js'

/** A column of a table as it stands. */
export interface StandingColumn {
  readonly name: string
  /** As its database calls it, for messages. */
  readonly type: string
  /** The kinds whose values it can hold. */
  readonly holds: readonly ColumnKind[]
  /** A row that says nothing of it is refused. */
  readonly isRequired: boolean
}

/** A table as it stands. */
export interface StandingTable {
  readonly columns: readonly StandingColumn[]
  /** The columns of its primary key and of each unique index, of those that tell all texts apart. */
  readonly keys: readonly (readonly string[])[]
  /** All of them, where a row that meets another by any of them takes its place; empty where only the key counts. */
  readonly otherKeys: readonly (readonly string[])[]
  /** What else keeps it from being written safely, as `it is …`. */
  readonly faults: readonly string[]
}

/** Why rows cannot go into a table that stands; empty when they can. */
export function faultsOf(table: Table, standing: StandingTable): readonly string[] {
  const find = (name: string) => standing.columns.find((column) => isSame(column.name, name))
  return [
    ...table.columns.flatMap(({ name, kind }) => {
      const column = find(name)
      if (column === undefined) return [`it has no column '${name}' (${kind})`]
      return column.holds.includes(kind) ? [] : [`its column '${name}' is ${column.type}, and ${kind} is to be written`]
    }),
    ...standing.columns
      .filter(({ name, isRequired }) => isRequired && !table.columns.some((column) => isSame(column.name, name)))
      .map(({ name }) => `its column '${name}' has no default, and the result has no such column`),
    ...(table.key.length === 0 || standing.keys.some((key) => isSameSet(key, table.key))
      ? []
      : [`it has no primary key (${table.key.join(', ')}) that compares byte by byte`]),
    ...(table.key.length === 0 ? [] : standing.otherKeys)
      .filter((key) => !isSameSet(key, table.key))
      .map((key) => `it has another unique key (${key.join(', ')})`),
    ...standing.faults,
  ]
}

const isSame = (name: string, other: string): boolean => name.toLowerCase() === other.toLowerCase()

/** Whether two keys have the same columns, in any order. */
const isSameSet = (key: readonly string[], other: readonly string[]): boolean =>
  key.length === other.length && key.every((name) => other.some((column) => isSame(name, column)))
