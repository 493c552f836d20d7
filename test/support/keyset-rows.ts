import type { KeysetRows, ResultColumn, ResultRun } from '#hob/rule/rule.js'

/** What a test says of the rows of a keyset. */
export interface RowsForTest {
  /** Names of the key's columns; all text. */
  readonly key: readonly string[]
  /** The other columns by name. */
  readonly values: Readonly<Record<string, ResultColumn['type']>>
  readonly rows: Iterable<readonly unknown[]>
  readonly table?: string
  /** A Parquet file of the same rows, for who reads that instead. */
  readonly file?: string
}

const BATCH_ROWS = 2_048

/** The rows of a keyset as a processor is given them; each call of `batches` goes through the same rows. */
export function keysetRows({ key, values, rows, table = 'names', file = '' }: RowsForTest): KeysetRows {
  return {
    keyset: table,
    table,
    columns: [
      ...key.map((name) => ({ name, type: 'text' as const })),
      ...Object.entries(values).map(([name, type]) => ({ name, type })),
    ],
    keyColumns: key,
    rowCount: Array.isArray(rows) ? rows.length : 0,
    file,
    async *batches() {
      let batch: (readonly unknown[])[] = []
      for (const row of rows) {
        batch.push(row)
        if (batch.length < BATCH_ROWS) continue
        yield batch
        batch = []
        // As a reader that waits for its disk does.
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (batch.length > 0) yield batch
    },
  }
}

/** The run of a test. */
export const runOf = (id: string, signal: AbortSignal = new AbortController().signal): ResultRun => ({
  id,
  rule: 'names.last_names',
  params: {},
  signal,
})
