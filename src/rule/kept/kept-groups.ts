import type { GroupScan } from '../groups/group-plan.js'

/**
 * What a map task by groups keeps of its input for later runs: all of it, as far as its scans have it. With it another keyset over the same
 * fields, or other functions, need no scan (`map-kept.ts`).
 */
export interface KeptGroups {
  /** Those by which the task went in the end, in the order of its plan. Each of them has all records but those of `lines`. */
  readonly scans: readonly KeptScan[]
  /** What was read by rows (`row-log.ts`); null: nothing was. */
  readonly lines: string | null
  /** Of the input, as stored. */
  readonly bytesRead: number
}

/** The groups of one scan. */
export interface KeptScan extends Pick<GroupScan, 'fields' | 'values'> {
  /**
   * A Parquet file with a row for each group, which may come several times; null: there are none. Before the task ends it is CSV.
   *
   * `n`, its records; for each field, by its place, `k0`, `k1` …: the value as JSON (`exact-json.ts`), null where the field is missing, and of
   * whole records `k0` alone; for each value part `present0`, `numbers0`, `whole0` (digits, as text), `doubles0` (a list in JSON, null: none),
   * `min0` and `max0`, as `ScannedValue` has them.
   */
  readonly file: string | null
  readonly groups: number
}

/** From which of the kept scans keysets are mapped; at the places of a plan's scans all tasks have one. */
export interface KeptPlan {
  readonly scans: readonly { readonly keysets: readonly string[]; readonly scan: number }[]
}
