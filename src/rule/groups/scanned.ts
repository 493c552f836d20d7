import type { GroupScan } from './group-plan.js'

/** What a scan summed of a value part over the records of a group. */
export interface ScannedValue {
  /** Records that have it, and not as null. */
  readonly present: number
  /** Records in which it is a number by `numberOf`; 0 where only presence was asked for. */
  readonly numbers: number
  /** The sum is `whole` and all `doubles`, exactly; none of these is rounded. */
  readonly whole: number | bigint
  readonly doubles: readonly number[]
  /** NaN when there are no numbers. */
  readonly min: number
  readonly max: number
}

/** Records that have the same text in all fields of a scan. */
export interface ScannedGroup {
  /** The values of the scan's fields, as the row reader makes them; undefined where the field is missing. Of a scan of whole records: the record alone. */
  readonly fields: readonly unknown[]
  /** Records, 1 or more. */
  readonly count: number
  /** Of the scan's values, in their order. */
  readonly values: readonly ScannedValue[]
}

/** What a scanner is made for. */
export interface ScannerOptions {
  /** `json`: lines of objects. `csv`: records. `dynamic`: JSON where a line begins with `{`, else CSV. `lines`: each line the field `line`. */
  readonly format: 'json' | 'csv' | 'dynamic' | 'lines'
  /** One ASCII character; of JSON and lines unused. */
  readonly delimiter: string
  readonly scans: readonly GroupScan[]
  /** Memory for groups; over it `scan` stops as `full`. */
  readonly bytesMax: number
}

/**
 * Why a scan stopped: at the end of what was loaded, before a line that it does not take, or since there is no room for another group. When
 * it has no group at all, the line is odd, so that to clear a full scanner always leads on.
 */
export type ScanStop = 'end' | 'odd' | 'full'

/**
 * Groups the records of blocks of text, in WebAssembly. It takes a record only when it is certain of it: whoever reads on from where it
 * stopped as `odd` by the row reader, record by record, and lets it go on behind that, has counted each record just once.
 */
export interface Scanner {
  /** Names of the columns of CSV that comes now; null: they are `_0`, `_1` … Groups must have been taken when a scan is of whole records. */
  columns(names: readonly string[] | null): void
  /**
   * Takes whole lines, each with its end but perhaps the last; UTF-8 without NUL and byte order mark. The bytes may change afterwards.
   *
   * @throws RangeError when they are more than 16 MiB and 64 KiB, which two of the longest lines are.
   */
  load(bytes: Buffer): void
  /** Scans what was loaded from a byte on. @returns The byte where it stopped: the start of a line, or the length of what was loaded. */
  scan(from: number): number
  readonly stopped: ScanStop
  /** Lines, empty ones too, and records that the last call of `scan` passed. */
  readonly lines: number
  readonly rows: number
  /** Groups that it holds, of one scan by its place. */
  groupCount(scan: number): number
  /** The groups of one scan, in the order in which they came; good until more is scanned. */
  groups(scan: number): Iterable<ScannedGroup>
  /** Forgets all groups. */
  clear(): void
}
