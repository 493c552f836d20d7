/** What a column of a table holds: text of any length, whole numbers of 64 bits, or doubles. */
export type ColumnKind = 'text' | 'integer' | 'number'

/** Every kind, for checks. */
export const KINDS: readonly string[] = ['text', 'integer', 'number'] satisfies readonly ColumnKind[]
