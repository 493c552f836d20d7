import type { BadRow, RunCounters } from './counters.js'
import type { GroupPlan, MapPath } from './groups/group-plan.js'
import type { Piece } from './input.js'
import type { KeptGroups } from './kept/kept-groups.js'
import type { Params } from './rule.js'

/** Where a rule's code is: a thread loads it from there. */
export interface RuleAddress {
  /** Absolute path of the module. */
  readonly module: string
  readonly rule: string
}

/** What one map task does, as data that goes to a thread. */
export interface MapTask {
  readonly address: RuleAddress
  /** Only this one; null: all of the rule. */
  readonly keyset: string | null
  readonly params: Params
  readonly pieces: readonly Piece[]
  /** Where spill files go; there already. */
  readonly folder: string
  /** First part of the names of spill files. */
  readonly name: string
  /** Groups that it may hold before it spills, over all keysets. */
  readonly groupsMax: number
  /** How its records are grouped by their text; null: each is taken by itself. */
  readonly groups: GroupPlan | null
  /** Its groups are kept for later runs; false unless given. */
  readonly keepsGroups?: boolean
}

/**
 * A spill file of a map task: CSV with every text quoted, no header, nulls as `\N` unquoted. Keys may come several times; what reads it adds up.
 *
 * - `groups` (of a keyset): the key parts k0, k1 … as text; then for each aggregate that adds up two columns or one:
 *   sum: `i` (whole number, may be null), `f` (list of doubles whose exact sum belongs to it, `[…]`, or null);
 *   avg: the same two, and `n` (values); count: `n`; min, max: one double, or null.
 * - `values` (of a keyset, for countDistinct and quantile): `a` (the aggregate's place in the keyset), the key parts, `t` (text, for distinct) or null,
 *   `d` (double, for a quantile) or null, `n` (how often).
 * - `pairs` (of a rule with `map`): `k` and `v`, each JSON text.
 */
export interface SpillFile {
  readonly kind: 'groups' | 'values' | 'pairs'
  /** `_map` for pairs. */
  readonly keyset: string
  readonly file: string
  readonly rows: number
  /** Of `groups`: the greatest magnitude of its sums, when all of them are whole numbers below 2^53. Absent: they are not, or nobody knows. */
  readonly wholeMax?: number
}

/** What a map task made. */
export interface MapOutput {
  readonly spills: readonly SpillFile[]
  readonly path: MapPath
  readonly counters: RunCounters
  /** The first ones, at most 1,000 a task; `counters` has their number. All of them are in `badFile`. */
  readonly badRows: readonly BadRow[]
  /** JSON lines of all bad rows, at most 100,000; null when there were none. */
  readonly badFile: string | null
  /** Its groups; null when it went by rows, or nobody asked for them. */
  readonly kept: KeptGroups | null
}
