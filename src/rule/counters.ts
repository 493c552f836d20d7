/** What a run counted. Nothing is dropped in silence: rows read = rows kept in some keyset, or bad, or filtered, or counted below. */
export interface RunCounters {
  /** Records that readers saw, bad ones too. */
  rowsRead: number
  /** Records that could not be read, or on which a function threw. */
  rowsBad: number
  /** Records for which a function gave none. */
  rowsFiltered: number
  bytesRead: number
  readonly keysets: Record<string, KeysetCounters>
}

/** What one keyset counted. */
export interface KeysetCounters {
  /** Records that were counted in. */
  rows: number
  /** Records that lack a key part. */
  keysMissing: number
  /** Values that are there and are no numbers, where a number is needed; they count as 0. */
  valuesNotNumeric: number
}

/** A record that was set aside. */
export interface BadRow {
  readonly file: string
  /** Null where only the byte is known. */
  readonly line: number | null
  readonly byte: number | null
  readonly reason: string
  /** The start of the record, at most 1,000 characters. */
  readonly text: string
}
