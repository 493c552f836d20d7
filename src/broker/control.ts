import type { JobState } from '../core/job-state.js'
import type { JsonText } from '../core/json.js'
import type { Diagnosis, Examination } from './diagnosis.js'
import type { JobId, Lease } from './job-store.js'

/** One queue at a glance; from counters, never from a scan (law 9). */
export interface QueueSummary {
  readonly queue: string
  readonly counts: Readonly<Record<JobState, number>>
  /** Jobs that ended (done or error) in the last 60 s, and the seconds that this figure covers (1 to 60). */
  readonly recent: { readonly ended: number; readonly seconds: number }
  /** While it is, nobody is given its jobs. */
  readonly isPaused: boolean
}

/** A lease that stands now. */
export interface LeaseView {
  readonly lease: Lease
  readonly node: string
  readonly takenMs: number
  /** Milliseconds until it ends; 0 or less: it has ended and its jobs are about to return. */
  readonly leftMs: number
  /** Its jobs that are still running. */
  readonly jobs: readonly JobId[]
}

/** A job as people see it. Times are milliseconds since 1970 on the store's clock. */
export interface JobView {
  readonly id: JobId
  readonly queue: string
  readonly state: JobState
  readonly payload: JsonText
  readonly priority: number
  readonly isExpedited: boolean
  readonly key: string | null
  /** Runs begun, released ones not counted. */
  readonly attempts: number
  readonly failures: number
  readonly crashes: number
  readonly attemptsMax: number | null
  readonly sentMs: number
  /** When it may be taken, or might have been first. */
  readonly dueMs: number
  /** Who runs it, or ran it last. */
  readonly node: string | null
  readonly startedMs: number | null
  /** When its last attempt ended, or it was cancelled while it waited. */
  readonly settledMs: number | null
  readonly exitCode: number | null
  /** Why it ended in `error` or was `cancelled`; null otherwise. */
  readonly error: string | null
  readonly result: JsonText | null
}

/** One attempt that is over, or the one that runs. */
export interface AttemptView {
  readonly node: string
  readonly startedMs: number
  /** null while it runs. */
  readonly endedMs: number | null
  /** `crash`: its lease ended. `reset`: a person took it back. */
  readonly ended: 'running' | 'done' | 'retry' | 'error' | 'snooze' | 'release' | 'cancel' | 'crash' | 'reset'
  readonly exitCode: number | null
  readonly signal: string | null
  readonly error: string | null
  readonly output: string | null
}

/** A job with all that is known of its attempts, oldest first; at most `ATTEMPTS_KEPT_MAX` of them. */
export interface JobLife extends JobView {
  readonly history: readonly AttemptView[]
  /** The lease that holds it now. */
  readonly lease: LeaseView | null
}

/** Which jobs to list. */
export interface JobQuery {
  readonly queue?: string
  /** Only these, 1 to 10,000; one that does not exist is left out. */
  readonly ids?: readonly JobId[]
  /** Absent: every state. */
  readonly states?: readonly JobState[]
  /** Only jobs with a later id. */
  readonly after?: JobId
  /** 1 to 10,000. */
  readonly countMax: number
}

/** Which jobs to put back to ready; those in error always. */
export interface Reset {
  readonly queue: string
  /** Nodes that the caller knows to be gone: their jobs return although their lease still stands. */
  readonly gone: readonly string[]
  /** Takes every running job back, also from live nodes, whose outcomes are then refused. */
  readonly running?: true
}

/** How many jobs came back to `ready`. */
export interface ResetCounts {
  readonly error: number
  readonly running: number
  /** Jobs in error that stay, because another live job holds their key now. */
  readonly keyHeld: number
}

/** What a person does to single jobs. */
export type Change =
  /** Makes it ready now. Of one in error or cancelled, failures and crashes are forgotten; a scheduled one need not wait. */
  | { readonly kind: 'retry' }
  /** Ends one that waits as `cancelled`, with the reason. One that runs is its worker's to cancel. */
  | { readonly kind: 'cancel'; readonly reason: string }
  /** Deletes one that does not run. */
  | { readonly kind: 'drop' }

/**
 * What became of one job of a change. Only `changed` took effect. `running`: it runs now. `unfit`: it stands where the
 * change means nothing, such as a retry of a done job. `keyHeld`: another live job holds its key.
 */
export type Changed = 'changed' | 'missing' | 'running' | 'unfit' | 'keyHeld'

/** What a kitchen is and what it promises. */
export interface KitchenView {
  readonly engine: string
  /** Where it is, without secrets. */
  readonly place: string
  /** What could be lost, in a sentence; null when an acknowledged job survives a power cut. */
  readonly lossWindow: string | null
  readonly schemaVersion: number
  readonly nowMs: number
}

/** What people do with a kitchen: the command line and the dashboard speak only to this. */
export interface Control {
  describe(): Promise<KitchenView>
  /**
   * Looks for what endangers the kitchen's promises: settings, room, age, damage. Changes nothing, and takes no longer in
   * a kitchen with millions of jobs, unless asked to look deep.
   */
  diagnose(examination: Examination): Promise<Diagnosis>
  /** All queues that ever had a job or were paused, by name. */
  queues(): Promise<readonly QueueSummary[]>
  /** Leases that stand now, oldest first. */
  leases(queue: string): Promise<readonly LeaseView[]>
  /**
   * Since when, for each of some queues, the ready job that has been due for the longest has been so; null where none is
   * ready. The line that takes go by tells it, whatever else the kitchen holds. Of expedited jobs only the first is looked
   * at: a later one has been due for longer when time was turned back in between.
   *
   * @param queues At most 10,000.
   */
  oldestReady(queues: readonly string[]): Promise<readonly (number | null)[]>
  /**
   * A page of jobs by id, oldest first. Pages are not one snapshot: a job may change between two of them.
   *
   * A page of one queue costs no walk over the jobs of others, but on Redis, where the queue has more than 10,000 jobs that
   * did not just wait as they were sent.
   */
  jobs(query: JobQuery): Promise<readonly JobView[]>
  /** One job's whole life, or undefined when there is no such job. */
  job(id: JobId): Promise<JobLife | undefined>
  /**
   * Changes single jobs, each for itself.
   *
   * @param ids 1 to 10,000 jobs of any queues.
   * @returns What became of each, in order.
   */
  change(ids: readonly JobId[], change: Change): Promise<readonly Changed[]>
  /**
   * Pauses a queue, or lets it go on; it may be one that has no job yet, and is listed from then on. What runs goes on and is
   * settled; what is sent waits. Lasts until somebody resumes it, also over `clean`.
   */
  pause(pause: { readonly queue: string; readonly isPaused: boolean }): Promise<void>
  /** Puts jobs in error, and running ones whose node is gone, back to ready, failures and crashes forgotten. */
  reset(reset: Reset): Promise<ResetCounts>
  /**
   * Deletes every job of a queue.
   *
   * @returns How many were deleted; none when some run and `force` is not given, and then how many run.
   */
  clean(clean: {
    readonly queue: string
    readonly force?: true
  }): Promise<{ readonly deleted: number; readonly running: number }>
}
