import { checkTrueOrFalse } from '../broker/arguments.js'
import type { NewJob } from '../broker/job-store.js'
import type { OpenTransaction } from '../broker/transactions.js'
import { ArgumentError } from '../core/errors.js'
import { checkOptions } from '../core/members.js'

/** How to send. */
export interface SendOptions extends Omit<NewJob, 'queue' | 'payload'> {
  /** Not before this time, on the store's clock; one that is over is now. Not together with `delayMs` or `expedite`. */
  readonly at?: Date
  /**
   * A transaction of yours on the kitchen's own store: the job is sent when it commits, and never if it rolls back.
   */
  readonly transaction?: OpenTransaction
}

/** How to send what goes first. */
export type ExpediteOptions = Omit<SendOptions, 'at' | 'delayMs' | 'expedite'>

/** The options of all that sends a job. */
const COMMON = ['priority', 'key', 'keyScope', 'attemptsMax'] as const

/** The options of `send` and `sendMany`. */
export const SEND_OPTIONS: readonly (keyof SendOptions)[] = [...COMMON, 'delayMs', 'at', 'expedite', 'transaction']

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
