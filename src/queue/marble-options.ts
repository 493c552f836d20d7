import type { NewJob } from '../broker/job-store.js'
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

/** How long to wait for a marble. */
export interface WaitOptions {
  /** Milliseconds; 0: one look. For ever unless given. */
  readonly timeoutMs?: number
  /** Ends the wait when it aborts; what is held already stays held. */
  readonly signal?: AbortSignal
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
