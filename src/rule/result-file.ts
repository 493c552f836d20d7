import type { ResultColumn } from './rule.js'

/** The result of one keyset as a Parquet file: data that goes between processes. */
export interface ResultFile {
  readonly keyset: string
  readonly table: string
  readonly columns: readonly ResultColumn[]
  readonly keyColumns: readonly string[]
  readonly rowCount: number
  readonly file: string
}
