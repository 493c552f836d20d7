import type { ScannedValue } from '../groups/scanned.js'
import type { Aggregate } from '../rule.js'
import type { SpillLines } from './spill-lines.js'

/** What of a record an aggregate looks at: the part as it is, and the number that it is, where it is one. */
export interface Value {
  raw: unknown
  number: number | bigint | null
}

/** What of records that are alike an aggregate looks at: the part that all of them have, or what a scan summed of it. */
export interface ValueOfMany extends Value {
  /** Null: the part as it is counts for each of them. */
  scanned: ScannedValue | null
}

/**
 * What is kept of one aggregate for each group of a table; groups are numbered from 0. A list of numbers for all groups takes a fifth of the
 * memory of an object for each, and nothing that the garbage collector must look at.
 */
export interface Column {
  /** Adds to a group below `capacity`. */
  add(group: number, value: Value): void
  /** Adds a value so many times. */
  addMany(group: number, value: Value, count: number): void
  addScanned(group: number, scanned: ScannedValue): void
  /** Makes room for so many groups. */
  grow(capacity: number): void
  /** Adds its columns, with a comma in front of each, to a line of a spill. */
  write(group: number, line: SpillLines): void
  /** Forgets all groups. */
  clear(): void
}

/** Numbers of groups. */
export class Numbers {
  list: Float64Array = new Float64Array(0)
  readonly #empty: number

  /** @param empty What a group begins with. */
  constructor(empty: number) {
    this.#empty = empty
  }

  grow(capacity: number): void {
    const list = new Float64Array(capacity).fill(this.#empty, this.list.length)
    list.set(this.list)
    this.list = list
  }

  clear(): void {
    this.list.fill(this.#empty)
  }
}

/** Whether a column looks at numbers only, so that what is no number is counted. */
export const needsNumber = (kind: Aggregate['kind']): boolean =>
  !['count', 'countDistinct', 'countDistinctApproximate'].includes(kind)
