import { checkFunction, checkName, checkWhole } from '../broker/arguments.js'
import type { NewJob } from '../broker/job-store.js'
import { ArgumentError } from '../core/errors.js'
import { LEASE_MS_MAX, LEASE_MS_MIN } from '../core/limits.js'
import { checkOptions } from '../core/members.js'
import type { KitchenParts } from './kitchen-parts.js'

/** How a script holds marbles. */
export interface MarbleOptions {
  /** Who works, as `hob nodes` and history name it; host/pid unless given. */
  readonly name?: string
  /** 15,000 unless given: the marble of a script that died comes back within this time; 1,000 to 86,400,000. */
  readonly leaseMs?: number
  /**
   * A script that holds up its event loop for longer than this and a lease is taken to hang, and its marble goes to another;
   * 300,000 unless given, `Infinity` for never. What only waits long for something does not hang.
   */
  readonly hungMs?: number
  /** Attempts before a `fail` is final, unless the sender said; 5 unless given. */
  readonly attempts?: number
  /** Told of each failure of the store. What may pass is tried again for ever, until `close`. */
  readonly onFault?: (error: unknown) => void
}

const MARBLE_OPTIONS: readonly (keyof MarbleOptions)[] = ['name', 'leaseMs', 'hungMs', 'attempts', 'onFault']

/** @throws ArgumentError when an option is out of bounds, or there is none of that name. */
export function checkMarbleOptions(options: MarbleOptions): void {
  checkOptions('a marble', options, MARBLE_OPTIONS)
  const { name, leaseMs, hungMs, attempts, onFault } = options
  if (name !== undefined) checkName('name', name)
  if (leaseMs !== undefined) checkWhole('leaseMs', leaseMs, LEASE_MS_MIN, LEASE_MS_MAX)
  if (attempts !== undefined) checkWhole('attempts', attempts, 1, Number.MAX_SAFE_INTEGER)
  if (hungMs !== undefined && hungMs !== Number.POSITIVE_INFINITY) {
    checkWhole('hungMs', hungMs, 1, Number.MAX_SAFE_INTEGER)
  }
  if (onFault !== undefined) checkFunction('onFault', onFault)
}

/** How long to wait for a marble. */
export interface WaitOptions {
  /** Milliseconds; 0: one look. For ever unless given. */
  readonly timeoutMs?: number
  /** Ends the wait when it aborts; what is held already stays held. */
  readonly signal?: AbortSignal
}

const WAIT_OPTIONS: readonly (keyof WaitOptions)[] = ['timeoutMs', 'signal']

/** @throws ArgumentError when an option is out of bounds, or there is none of that name. */
export function checkWaitOptions(options: WaitOptions): void {
  checkOptions('wait', options, WAIT_OPTIONS)
  const { timeoutMs, signal } = options
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw new ArgumentError(`timeoutMs is ${timeoutMs}: it must be a number from 0 on`)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new ArgumentError('signal must be an AbortSignal')
}

/** How to hand a job on. */
export interface HandOptions extends Omit<NewJob, 'queue' | 'payload' | 'expedite'> {
  /**
   * Leaves in the same step as the `finish` of the marble that is held: both happen or neither, and once. Without it the job
   * leaves at once, whatever becomes of the marble.
   */
  readonly onFinish?: boolean
}

/** How to hand a job on that does not wait for a time. */
export type HandNowOptions = Omit<HandOptions, 'delayMs'>

/** What a marble works with. */
export interface MarbleParts extends Pick<KitchenParts, 'broker' | 'heartbeat' | 'cancellations'> {
  /** Called when the marble is closed. */
  readonly onClose?: () => Promise<void>
}
