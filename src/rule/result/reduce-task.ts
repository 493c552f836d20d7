import type { RuleAddress, SpillFile } from '../map-output.js'
import type { Params, ResultColumn } from '../rule.js'

/**
 * A Parquet file of one map task, made by `condense`: of one keyset and one kind, each key once.
 *
 * Columns as those of the spill (`map-output.ts`), numbered by the place of their aggregate in the keyset: `i0`, `f0`, `n1`, `m2` …;
 * and `p`, the partition, when the rule has more than one.
 */
export interface MapFile {
  readonly kind: SpillFile['kind']
  /** `_map` for pairs. */
  readonly keyset: string
  readonly file: string
  readonly rows: number
  /** Whether some sum of it is not whole as far as it goes, so that JavaScript must finish it. */
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

/** Kinds of values that a column of a partition holds; the finish makes one type of those of all partitions. */
export interface ReducedColumn {
  readonly name: string
  /** What it is when it holds nothing, and unless `values` is given. */
  readonly type: ResultColumn['type']
  /**
   * For a column whose type goes by its values, which the file then holds as JSON: kinds of value that came.
   * `big`: a whole number beyond 2^53; `other`: true, false, lists and objects.
   */
  readonly values?: readonly ('whole' | 'big' | 'number' | 'text' | 'other')[]
  /** For a column of sums that a whole number of 64 bits may not hold: its greatest magnitude. */
  readonly wholeMax?: number
}

/** One partition of the result of one keyset: a Parquet file. */
export interface ReducedFile {
  readonly keyset: string
  readonly file: string
  readonly rows: number
  readonly columns: readonly ReducedColumn[]
  /** The file is the result already, sorted and with its last names and types: the only partition. */
  readonly isFinished: boolean
}

/** What a reduce task made: one file a keyset. */
export interface ReduceOutput {
  readonly partition: number
  readonly files: readonly ReducedFile[]
}
