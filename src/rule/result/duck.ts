import { RuleError } from '../../core/errors.js'

/** What a DuckDB may take. */
export interface DuckOptions {
  /** Memory for its data, at least 64 MiB; what does not fit goes to `folder`. */
  readonly memoryBytes: number
  readonly threads: number
  /** Where it may spill: a folder of its own is made in it, and removed when it closes. It must be there. */
  readonly folder: string
  /** The most that it may spill; nine tenths of the free disk unless given. */
  readonly diskBytes?: number
}

/** A DuckDB in memory, under a cap: the only way to it. Close it. One process or thread holds one. */
export class Duck {
  /**
   * @throws RuleError `fault` when @duckdb/node-api is not installed, with how to install it.
   */
  static async open(_options: DuckOptions): Promise<Duck> {
    throw new RuleError('fault', 'not written yet')
  }

  /** Runs a statement that gives no rows. Values take the place of `$1`, `$2` … */
  async run(_sql: string, _values?: readonly DuckValue[]): Promise<void> {}

  /** All rows of a query that gives few. Whole numbers that DuckDB holds in 64 bits or more are bigint. */
  async all(_sql: string, _values?: readonly DuckValue[]): Promise<readonly (readonly unknown[])[]> {
    return []
  }

  /** The rows of a query in batches of some thousand, as they come; other statements may run meanwhile. */
  async *stream(_sql: string, _values?: readonly DuckValue[]): AsyncIterable<readonly (readonly unknown[])[]> {}

  /** Ends it, and removes what it spilled. Safe twice. */
  async close(): Promise<void> {}
}

/** What takes the place of a parameter. */
export type DuckValue = string | number | bigint | boolean | null
