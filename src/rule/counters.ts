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
  /** Key and value parts that no record had, which most likely are misspelt. */
  absent: readonly AbsentPart[]
  /** Key parts that were numbers beyond 2^53, whose last digits JavaScript does not keep, so that different ones may be one key. */
  rounded: readonly string[]
}

/** A part of a keyset that no record had. */
export interface AbsentPart {
  readonly part: string
  /** Where a key part is absent, no record was counted in, and what was so of value parts is not known. */
  readonly kind: 'key' | 'value'
  /** The field of a record that looks most like it; null: none does. */
  readonly meant: string | null
}

/** Of a keyset that nothing has come to yet. */
export const noKeysetCounters = (): KeysetCounters => ({
  rows: 0,
  keysMissing: 0,
  valuesNotNumeric: 0,
  absent: [],
  rounded: [],
})

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
