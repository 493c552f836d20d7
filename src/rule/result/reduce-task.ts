import type { RuleAddress, SpillFile } from '../map-output.js'
import type { Params, ResultColumn } from '../rule.js'

/**
 * A Parquet file of one map task, made by `condense`, or a spill as it is: of one keyset and one kind. A key of `groups` comes as often as the task
 * spilled it; what is in `values`, once.
 *
 * Columns as those of the spill (`map-output.ts`), numbered by the place of their aggregate in the keyset: `i0`, `f0`, `n1`, `m2` …,
 * with `h0` and `x0` for parts of a sum (`spill-columns.ts`); and `p`, the partition, when the rule has more than one.
 */
export interface MapFile {
  readonly kind: SpillFile['kind']
  /** `_map` for pairs. */
  readonly keyset: string
  readonly file: string
  readonly rows: number
  /** Its size, where it is a spill (`plainSpills`); absent: Parquet. */
  readonly spillBytes?: number
  /** Whether some sum of it has a fraction; left away by a version that had all of them as doubles. */
  readonly hasFractions?: boolean
  /** Whether some sum of it has doubles that are no fixed point, so that JavaScript must finish it. */
  readonly hasDoubles: boolean
  /** The greatest magnitude of its whole sums, from which a reduce task knows whether all fit in 64 bits. */
  readonly wholeMax: number
}

/** Where a task writes: files named `NAME-…` in a folder that is there. Two tasks of a run have two names. */
export interface TaskPlace {
  readonly folder: string
  readonly name: string
}

/** What one reduce task does, as data that goes to a thread: one partition of every keyset. */
export interface ReduceTask extends TaskPlace {
  readonly address: RuleAddress
  /** Only this one; null: all of the rule. */
  readonly keyset: string | null
  readonly params: Params
  /** From 0. */
  readonly partition: number
  /** Those of all map tasks. They stay: other partitions read them too. */
  readonly files: readonly MapFile[]
}

/** A kind of value in a column. `big`: a whole number beyond 2^53; `other`: true, false, lists and objects. */
export type ValueKind = 'whole' | 'big' | 'number' | 'text' | 'other'

/** A column of a partition, before it is renamed; the finish makes one type of those of all partitions. */
export interface ReducedColumn {
  readonly name: string
  /** What it is unless `kinds` tells another. */
  readonly type: ResultColumn['type']
  /** The kinds that came, where they make the type; for a sum only whether there is `number`, or `big`, which is then beyond 64 bits. */
  readonly kinds?: readonly ValueKind[]
}

/** One partition of the result of one keyset: a Parquet file. */
export interface ReducedFile {
  /** `_map` for a rule with `reduce`. */
  readonly keyset: string
  readonly file: string
  readonly rows: number
  /**
   * `finished`: the result already, sorted, with its last names and types: the only partition. `typed`: keys and values by number, as a
   * `GroupQuery` gives them. `loose`: what functions of the user made: the keys that it is sorted by, `s`, the place, and `r`, the values.
   */
  readonly shape: 'finished' | 'typed' | 'loose'
  readonly columns: readonly ReducedColumn[]
}

/** What a reduce task made: one file a keyset. */
export interface ReduceOutput {
  readonly partition: number
  readonly files: readonly ReducedFile[]
}

/** What a reduce task tells meanwhile. */
export interface ReduceWatch {
  /** Functions of the user were done with so many rows or keys. Not told while DuckDB works. */
  readonly onProgress?: (rows: number) => void
}
