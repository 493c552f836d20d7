import type { JobState } from '../core/job-state.js'
import type { JsonText } from '../core/json.js'
import type { RecordPut } from './records.js'

/** A job's name within its kitchen: opaque, short, never used again. */
export type JobId = string

/**
 * The right to do the jobs of one take until a time on the store's clock, fenced by an epoch that rises at every take.
 *
 * One lease stands for all jobs of its take, so that renewing a thousand jobs is one small write (decision 0002).
 */
export interface Lease {
  readonly queue: string
  readonly epoch: number
}

/** A job to be sent. */
export interface NewJob {
  readonly queue: string
  /** JSON text of at most `PAYLOAD_BYTES_MAX` bytes. */
  readonly payload: JsonText
  /** A whole number from -1000 to 1000; higher goes first. 0 unless given. */
  readonly priority?: number
  /** Milliseconds from now, on the store's clock, until it may be taken; 0 or more. */
  readonly delayMs?: number
  /** Puts it before everything that waits, also before what was expedited earlier. Not together with `delayMs`. */
  readonly expedite?: true
  /** Unique in the queue for as long as `keyScope` says; sending it again answers the job that holds it. */
  readonly key?: string
  /** `live` (unless given): until the job ends. `kept`: until the job is dropped from history. */
  readonly keyScope?: 'live' | 'kept'
  /** Attempts, 1 or more, before a failure is final. Absent: whoever works the queue decides. */
  readonly attemptsMax?: number
}

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: 'done'; readonly result?: JsonText }
  /** It failed and runs again after `inMs`; the failure is counted. */
  | { readonly kind: 'retry'; readonly inMs: number; readonly error: string }
  /** It failed for good. */
  | { readonly kind: 'error'; readonly error: string }
  /** Not now: it runs again after `inMs`, and nothing is counted. */
  | { readonly kind: 'snooze'; readonly inMs: number }
  /** Given back untouched: ready at its old place, and nothing is counted. */
  | { readonly kind: 'release' }
  | { readonly kind: 'cancel'; readonly reason: string }

/** What the worker saw of an attempt; absent when the job was given back before it began. */
export interface AttemptReport {
  /** Milliseconds that it ran, on the worker's clock; the store reckons its start from it. */
  readonly ranMs: number
  readonly exitCode?: number
  /** The signal that ended it, like `SIGKILL`. */
  readonly signal?: string
  /** The tail of its output, at most `TAIL_BYTES_MAX` bytes. Kept with attempts that did not end well. */
  readonly output?: string
}

/** The end of a job that the caller holds. */
export interface Settle {
  readonly job: JobId
  readonly lease: Lease
  readonly outcome: Outcome
  readonly report?: AttemptReport
  /** Drops the job at once when its outcome is `done`, as retention would a moment later. */
  readonly forget?: boolean
}

/** Everything a caller may want to happen at once: the end of the job it holds, new jobs, changed records. */
export interface Step {
  /** When the lease no longer holds the job, the whole step is skipped as `lost`. */
  readonly settle?: Settle
  readonly send?: readonly NewJob[]
  /** When one of them does not find the version it expects, the whole step is skipped as `conflict`. */
  readonly put?: readonly RecordPut[]
}

/** What became of one job of a step's `send`. */
export interface SentJob {
  /** The new job, or the one that holds the key already. */
  readonly id: JobId
  readonly isNew: boolean
}

/**
 * What became of a step. `done` and `duplicate` took effect; with `duplicate` at least one job was not sent because its
 * key was held. `lost` and `conflict` changed nothing, and `sent` is empty (decision 0003).
 */
export interface StepResult {
  readonly kind: 'done' | 'lost' | 'conflict' | 'duplicate'
  /** One for each job of `send`, in its order. */
  readonly sent: readonly SentJob[]
}

/** Which jobs to lease. */
export interface Take {
  readonly queue: string
  /** Who takes them, as `extract` and `why` will name it. */
  readonly node: string
  /** 1 to 10,000 jobs. */
  readonly countMax: number
  /** 1,000 to 86,400,000 milliseconds. */
  readonly leaseMs: number
  /**
   * Most suspects among them: 0 or 1; 1 unless given. A suspect has one crash left before it is set aside. A worker
   * holds one at a time, so that a job that kills its worker never takes an innocent neighbour with it.
   */
  readonly suspectsMax?: 0 | 1
}

/** A job that the taker holds until its lease ends. */
export interface TakenJob {
  readonly id: JobId
  readonly lease: Lease
  readonly payload: JsonText
  /** 1 for the first run; failed and crashed runs count. */
  readonly attempt: number
  /** Failures so far, crashes not counted. */
  readonly failures: number
  /** As it was sent; null when the sender left it to the worker. */
  readonly attemptsMax: number | null
  readonly isSuspect: boolean
  readonly sentMs: number
}

/** How much history a queue keeps, by number and by age; the newest stay. `Infinity` keeps all until `clean`. */
export interface Retention {
  readonly doneMax: number
  /** Jobs that ended as `error` or `cancelled`. */
  readonly errorMax: number
  /** Milliseconds after its end until a done job goes, however few there are; absent: no bound. */
  readonly doneMs?: number
  /** The same for jobs that ended as `error` or `cancelled`. */
  readonly errorMs?: number
}

/** A job that a sweep returned because its lease had ended. */
export interface ReturnedJob {
  readonly id: JobId
  readonly node: string
  readonly crashes: number
  /** `error` when it had crashed too often (law 7). */
  readonly state: Extract<JobState, 'ready' | 'error'>
}

/** What to sweep, and how much at most. */
export interface Sweep {
  readonly queue: string
  readonly keep: Retention
  /** Most jobs to move of each kind in this call; 1 to 10,000. */
  readonly countMax: number
}

/** What a sweep did. */
export interface Swept {
  readonly returned: readonly ReturnedJob[]
  /** Jobs made ready because they fell due. */
  readonly dueCount: number
  /** Ended jobs dropped by the retention. */
  readonly droppedCount: number
  /** More is left to do: call again. */
  readonly hasMore: boolean
}

/** The port through which all work passes. */
export interface JobStore {
  /**
   * Applies each step as one atomic unit, in order; a step that is skipped never touches its neighbours.
   * Steps of one call, and calls of one turn of the event loop, may share a transaction.
   *
   * Once it resolves, what was applied survives as the kitchen's durability promises (`describe`).
   *
   * @param steps 1 to 10,000 of them.
   * @returns One result for each step, in order.
   * @throws KitchenError `unreachable`: whether any step was applied is unknown. `full`, `denied`, `busy`: none was.
   */
  commit(steps: readonly Step[]): Promise<readonly StepResult[]>

  /**
   * Leases ready jobs of one queue to one node: expedited first, then highest priority, then oldest.
   *
   * A paused queue gives none. Atomic: no two callers hold the same job. Jobs that are neither renewed nor settled within `leaseMs` become ready
   * again with a crash counted, so a handler may run more than once. What has fallen due or lost its lease by now is
   * ready for this call, whether or not a monitor runs.
   *
   * @returns At most `countMax` jobs in order, all under one lease; empty when none is ready.
   * @throws KitchenError `unreachable`: whether jobs were leased is unknown; any that were return when the lease ends.
   */
  take(take: Take): Promise<readonly TakenJob[]>

  /**
   * Makes each lease last `leaseMs` from now.
   *
   * @returns The leases that no longer hold any job: ended, or all their jobs settled or taken back.
   */
  extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]>

  /** Does for one queue what time has brought: due jobs become ready, ended leases return their jobs, old history goes. */
  sweep(sweep: Sweep): Promise<Swept>
}
