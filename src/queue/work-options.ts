import { checkFunction, checkName, checkWhole } from '../broker/arguments.js'
import type { Retention } from '../broker/job-store.js'
import type { Backoff, BackoffFunction } from '../core/backoff.js'
import { LEASE_MS_MAX, LEASE_MS_MIN } from '../core/limits.js'
import { checkOptions } from '../core/members.js'
import type { AttemptEnd } from './attempt-end.js'
import { checkSettings } from './definition.js'
import type { WorkerEvents } from './worker.js'

/** How to work a queue; every setting has a default fit for most. The queue's policy in the kitchen goes before all of them. */
export interface WorkOptions {
  /** Jobs that run at once; 10 unless given. */
  readonly concurrency?: number
  /** Attempts before a failure is final, unless the sender said; as the queue's definition says, or 5, unless given. */
  readonly attempts?: number
  /** As the queue's definition says, or exponential from 1 s, unless given. */
  readonly backoff?: Backoff | BackoffFunction
  /** Milliseconds that an attempt may take; then its signal aborts and it has failed. As the definition says, or no bound, unless given. */
  readonly timeoutMs?: number
  /** 15,000 unless given: a killed worker's jobs come back within this time. */
  readonly leaseMs?: number
  /**
   * Ended jobs to keep, each bound by itself; as the definition says, or the newest 100 done and 10,000 others, unless given. Who
   * bounds the age alone keeps all jobs of that age.
   */
  readonly keep?: Partial<Retention>
  /** Who works, as status and history name it; host/pid unless given. */
  readonly name?: string
  /**
   * Told of each failure of the store. What may pass (a full disk, a locked file) is tried again for ever; what may not
   * ends the worker, and {@link QueueWorker.finished} tells.
   */
  readonly onFault?: WorkerEvents['onFault']
  /** Told of each attempt that ended, once the store knows; called at once, and shall not throw. */
  readonly onEnd?: (end: AttemptEnd) => void
}

/** How to work a queue in batches. */
export interface BatchOptions extends WorkOptions {
  /** Batches that run at once; 1 unless given. */
  readonly concurrency?: number
  /** Most jobs in a batch, 1 to 10,000; 100 unless given. With `concurrency`, 10,000 jobs in all. */
  readonly batchMax?: number
  /** Milliseconds that the first job of a batch waits for others, 0 to 60,000; 50 unless given. */
  readonly waitMs?: number
}

const WORK_OPTIONS: readonly (keyof WorkOptions)[] = [
  'concurrency',
  'attempts',
  'backoff',
  'timeoutMs',
  'leaseMs',
  'keep',
  'name',
  'onFault',
  'onEnd',
]

const BATCH_OPTIONS: readonly (keyof BatchOptions)[] = [...WORK_OPTIONS, 'batchMax', 'waitMs']

/** Checks the handler and the options of `work` or `workBatches`, but for the numbers of jobs. @throws ArgumentError */
export function checkWorking(call: 'work' | 'workBatches', handler: unknown, options: WorkOptions): void {
  checkFunction(`the handler of ${call}`, handler)
  checkOptions(call, options, call === 'work' ? WORK_OPTIONS : BATCH_OPTIONS)
  checkSettings(options)
  const { leaseMs, name, onFault, onEnd } = options
  if (leaseMs !== undefined) checkWhole('leaseMs', leaseMs, LEASE_MS_MIN, LEASE_MS_MAX)
  if (name !== undefined) checkName('name', name)
  if (onFault !== undefined) checkFunction('onFault', onFault)
  if (onEnd !== undefined) checkFunction('onEnd', onEnd)
}
