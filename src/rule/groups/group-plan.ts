/** How a map task takes records: each by itself, or grouped by the text of the fields that functions read, once per group. */
export type Engine = 'rows' | 'groups'

/** What is asked for; `auto` looks at a sample of the input. */
export type EngineChoice = Engine | 'auto'

/** A value part that goes unread and unwritten from the records to the sums. */
export interface ScanValue {
  readonly part: string
  /** False: only whether it is there matters. */
  readonly isNumber: boolean
}

/** One grouping of a scan over records. All of a plan have 32 different names of fields and values together, at most. */
export interface GroupScan {
  /** Names of the keysets that it is for. */
  readonly keysets: readonly string[]
  /** Fields that functions and keys read; null: the record as a whole. */
  readonly fields: readonly string[] | null
  readonly values: readonly ScanValue[]
}

/** How records are grouped: one scan for all keysets, or several, each for some, where that is cheaper. */
export interface GroupPlan {
  readonly scans: readonly GroupScan[]
  /** Asked for: a task stays with it also when its groups are hardly fewer than its records. */
  readonly isForced: boolean
}

/** The engine of a stage, as its plan says. */
export interface EngineVerdict {
  readonly engine: Engine
  /** For people, such as `about 5 groups expected in 10,000 records`, or `it has map`. */
  readonly reason: string
  /** Null with `rows`. */
  readonly plan: GroupPlan | null
}

/** How a map task went. */
export interface MapPath {
  /** What did most of it; a task that was planned by groups may have ended by rows. */
  readonly engine: Engine
  readonly reason: string
  /** Records that were counted by groups. */
  readonly rows: number
  /** Of all scans: a call of the rule's functions for each, but for those that are left out as another was that was alike to them. */
  readonly groups: number
}
