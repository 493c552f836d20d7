/** How the columns of a CSV are known, and how it is written. */
export interface CsvReaderOptions {
  /** Names of the columns in their order; or `header`, or else they are `_0`, `_1` … */
  readonly fields?: readonly string[]
  /** The first record of each file or blob names the columns. */
  readonly header?: boolean
  /** `excel` (`,`), `tsv` (tab) or `semicolon`; `excel` unless given. */
  readonly dialect?: 'excel' | 'tsv' | 'semicolon'
  /** Instead of the dialect's; one character. */
  readonly delimiter?: string
}

/**
 * How blobs and files are read, as data, so that a plan can look at it; made by `jsonLines`, `csv`, `dynamic`, `parquet` and `lines`.
 *
 * Files whose first bytes are those of gzip are decompressed, whatever the reader.
 */
export type Reader =
  | { readonly kind: 'jsonLines' }
  | ({ readonly kind: 'csv' } & CsvReaderOptions)
  /** Each line JSON when it begins with `{`, else CSV. */
  | ({ readonly kind: 'dynamic' } & CsvReaderOptions)
  | { readonly kind: 'parquet' }
  /** Each line is the field `line`. */
  | { readonly kind: 'lines' }
