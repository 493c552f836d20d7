import type { Statement } from './sql.js'

/** What a statement may be given; buffers are arrays in binary, see `arrays.ts`. */
export type Value = string | number | boolean | null | Buffer

/** A statement and its values, on its way to whatever runs it. */
export type Call = readonly [statement: Statement, values: readonly Value[]]

/** What runs statements within one transaction: a connection of ours, or whatever the caller has begun one on. */
export interface Asker {
  /** The one column `answer` of the one row of a statement that answers in JSON. */
  answer<A>(statement: Statement, values: readonly Value[]): Promise<A>
  /** Runs statements in their order, and answers their rows. */
  run(calls: readonly Call[]): Promise<readonly (readonly object[])[]>
}
