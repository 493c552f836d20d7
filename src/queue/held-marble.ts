import type { NewJob, TakenJob } from '../broker/job-store.js'
import { LeaseLostError } from '../core/errors.js'
import type { Json } from '../core/json.js'
import type { ElevatedJob } from './outbox.js'

/** A job that a script holds, and what leaves together with its end. */
export class HeldMarble {
  readonly job: TakenJob
  readonly payload: Json
  /** False: it was done when it was taken, and there is no lease to lose. */
  readonly isMonitored: boolean
  /** Sent in the step that finishes it. */
  readonly send: NewJob[] = []
  readonly elevate: ElevatedJob[] = []
  /** Kept with the attempt when it has failed. */
  output: string | undefined = undefined
  readonly #takenAtMs = performance.now()
  readonly #abort = new AbortController()
  #isLost = false
  #cancelReason: string | null = null

  constructor(job: TakenJob, payload: Json, isMonitored: boolean) {
    this.job = job
    this.payload = payload
    this.isMonitored = isMonitored
  }

  /** Aborts, with an error that says why, when the job is no longer held or shall be cancelled. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Why somebody cancelled the job; null when nobody did. */
  get cancelReason(): string | null {
    return this.#cancelReason
  }

  get ranMs(): number {
    return Math.round(performance.now() - this.#takenAtMs)
  }

  /** It is no longer held, so that another may do it. */
  lose(): void {
    this.#isLost = true
    this.#abort.abort(this.lostError())
  }

  /** Somebody cancelled the job; it is held until the script ends it. */
  cancel(reason: string): void {
    this.#cancelReason ??= reason
    this.#abort.abort(new Error(`job ${this.job.id} was cancelled${reason === '' ? '' : `: ${reason}`}`))
  }

  /** What to throw for something that was asked for on its behalf. */
  lostError(): LeaseLostError {
    return new LeaseLostError(`the lease of job ${this.job.id} has ended, so another may do it`, {
      hint: 'What was asked for was not done: leave this marble, and wait for the next.',
    })
  }
}
