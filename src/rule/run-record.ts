import type { RunCounters } from './counters.js'
import type { EngineAccount } from './groups/engine-account.js'
import type { EngineChoice } from './groups/group-plan.js'
import type { Params } from './rule.js'

export { hasRunEnded, RUN_PREFIX } from '../blob/run-holds.js'

/** What is kept of each rule between runs: `rule/RULE`. */
export const RULE_PREFIX = 'rule/'

/** Most blobs of one run: each makes two changes of records at its end, and one commit takes 10,000. */
export const RUN_BLOBS_MAX = 4_000

/** A blob that a run reads, and the tag that it found it under. */
export interface RunBlob {
  readonly tag: string
  readonly name: string
  /** The source rule that reads it, as its place below the run's: `per_day`, or `per_day/per_hour`; absent: the run's rule itself. */
  readonly source?: string
}

/** One execution of a rule, as JSON. Its blobs are its own until it has ended: no other run of the rule takes them. */
export interface RunRecord {
  /** Unique in the kitchen: `RULE@` and a few characters. */
  readonly id: string
  /** `MODULE.RULE`. */
  readonly rule: string
  /** The rule's module where the run was started, as an absolute path. */
  readonly module: string
  /** A hash of the rule as it was when the run began: code and settings. Empty while it waits because its rule does not load. */
  readonly version: string
  /**
   * `working`: map and reduce. `saving`: the result stands and is being written; from here on it is written sooner or later, whatever fails.
   * `waiting`: failed, and tried again at `retryMs`. `failed`: given up; its blobs are free.
   */
  readonly state: 'working' | 'saving' | 'waiting' | 'done' | 'failed'
  readonly startedMs: number
  readonly endedMs: number | null
  readonly retryMs: number | null
  /** The queue of its job. */
  readonly queue: string
  /** The lease under which it is worked at, as `QUEUE/EPOCH`; who has another must leave it alone. Null: nobody has begun. */
  readonly lease: string | null
  /** 1 for the first. */
  readonly attempt: number
  /** Those that do not count for `retryLimit`: the rule was edited meanwhile, or did not load; absent: none. */
  readonly uncounted?: number
  readonly blobs: readonly RunBlob[]
  /** A person only looks: it changes nothing, so that it does not count for when the rule is due, or has something new; absent: it does. */
  readonly isLook?: boolean
  /** It goes on from what another kept, which its first attempt has, and has no input; absent: it reads its own. */
  readonly isResumed?: boolean
  /** The engine that was asked for; absent: `auto`. Whoever takes the run over goes by it, too. */
  readonly engine?: EngineChoice
  /** Files beside the blobs, as absolute paths. */
  readonly files: readonly string[]
  readonly keyset: string | null
  readonly params: Params
  /** Why the last attempt failed. */
  readonly error: string | null
  readonly counters: RunCounters | null
  /** Rows of the result by keyset; null before. */
  readonly rowsOut: Readonly<Record<string, number>> | null
  /** How the records of its rule were taken, and then of those that feed it; absent before, and of runs of older versions. */
  readonly engines?: readonly EngineAccount[]
  /** Columns of the result that are approximate, as `KEYSET.COLUMN` where keysets have names; absent: none. */
  readonly approximate?: readonly string[]
}

/** What is kept of a rule between runs, as JSON. */
export interface RuleRecord {
  /** The run that has begun and not ended; null: none. Only one at a time. */
  readonly run: string | null
  readonly lastStartedMs: number | null
  readonly lastEndedMs: number | null
  /**
   * The id of the run that ended last, as `done` or `failed`; absent: none did. By its blobs and version is known whether a rule
   * without `archive` has anything new.
   */
  readonly lastRun?: string
  readonly isPaused: boolean
}
