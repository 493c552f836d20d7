import { checkTrueOrFalse } from '../broker/arguments.js'
import type { NewJob } from '../broker/job-store.js'
import type { OpenTransaction } from '../broker/transactions.js'
import { ArgumentError } from '../core/errors.js'
import type { Json } from '../core/json.js'
import { checkArray, checkObject, checkOptions } from '../core/members.js'

/** How to send. */
export interface SendOptions extends Omit<NewJob, 'queue' | 'payload'> {
  /** Not before this time, on the store's clock; one that is over is now. Not together with `delayMs` or `expedite`. */
  readonly at?: Date
  /**
   * A transaction of yours on the kitchen's own store: the job is sent when it commits, and never if it rolls back.
   */
  readonly transaction?: OpenTransaction
}

/** One of many jobs to send: its payload, and how to send it. */
export interface JobToSend<Input = Json> extends Omit<SendOptions, 'transaction'> {
  readonly payload: Input
}

/** How to send what goes first. */
export type ExpediteOptions = Omit<SendOptions, 'at' | 'delayMs' | 'expedite'>

/** The options of all that sends a job. */
const COMMON = ['priority', 'key', 'keyScope', 'attemptsMax'] as const

/** The options of `send` and `sendMany`. */
export const SEND_OPTIONS: readonly (keyof SendOptions)[] = [...COMMON, 'delayMs', 'at', 'expedite', 'transaction']

/** The members of a {@link JobToSend}. */
const JOB_MEMBERS: readonly (keyof JobToSend)[] = ['payload', ...COMMON, 'delayMs', 'at', 'expedite']

/** The options of `expedite`. */
export const EXPEDITE_OPTIONS: readonly (keyof ExpediteOptions)[] = [...COMMON, 'transaction']

/** The options of a marble's `send`. */
export const HAND_OPTIONS: readonly string[] = [...COMMON, 'delayMs', 'onFinish']

/** The options of a marble's `expedite` and `elevate`. */
export const HAND_NOW_OPTIONS: readonly string[] = [...COMMON, 'onFinish']

/**
 * Checks what no engine does: names, and what would be passed over. Once for each call, however many jobs it sends.
 *
 * @param call Its name, as the beginning of a sentence.
 * @throws ArgumentError
 */
export function checkSending(call: string, options: object, known: readonly string[]): void {
  checkOptions(call, options, known)
  const { key, keyScope, expedite, onFinish } = options as SendOptions & { readonly onFinish?: boolean }
  if (expedite !== undefined) checkTrueOrFalse('expedite', expedite)
  if (onFinish !== undefined) checkTrueOrFalse('onFinish', onFinish)
  if (keyScope !== undefined && key === undefined) throw new ArgumentError('keyScope goes together with key')
}

/** Checks many jobs as {@link checkSending} does one call. @throws ArgumentError that names the job by its place, from 0 on. */
export function checkJobsToSend(jobs: readonly JobToSend<unknown>[]): void {
  checkArray('the jobs of sendAll', jobs)
  for (const [at, job] of jobs.entries()) {
    const which = `job ${at} of sendAll`
    checkObject(which, job)
    checkSending(which, job, JOB_MEMBERS)
  }
}

/** Milliseconds until a moment; 0 when it is over. @throws ArgumentError when it is none, or there is a second word on the same. */
export function delayMsUntil(at: Date, { delayMs, expedite }: SendOptions, nowMs: number): number {
  if (!(at instanceof Date) || Number.isNaN(at.getTime())) throw new ArgumentError('at is no date')
  if (delayMs !== undefined || expedite) {
    throw new ArgumentError(`at cannot go together with ${expedite ? 'expedite' : 'delayMs'}`)
  }
  return Math.max(0, Math.round(at.getTime() - nowMs))
}
