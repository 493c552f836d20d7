import type { Outcome, TakenJob } from '../broker/job-store.js'
import type { OpenTransaction, Transactions } from '../broker/transactions.js'
import { LeaseLostError } from '../core/errors.js'
import { type Json, parseJson } from '../core/json.js'
import type { StopSignal } from './stop-signal.js'

/** What a handler is given. */
export interface Job<Payload = Json> {
  readonly id: string
  readonly queue: string
  readonly payload: Payload
  /** 1 for the first run; failed and crashed runs count. */
  readonly attempt: number
  /** Aborts when the job must stop: its time is up, its lease was lost, or the worker stops. */
  readonly signal: AbortSignal
  /**
   * Ends the job as done within a transaction of yours on the kitchen's own store, so that what you write there and the
   * end of the job become true together. Await it, commit, and return; roll back and throw, and the attempt has failed.
   *
   * @param result Kept with the job, as what a handler returns otherwise is.
   * @throws LeaseLostError when another may have the job by now: roll back. ArgumentError when this kitchen cannot join
   * the transaction, or JSON cannot hold the result.
   */
  doneWithin(transaction: OpenTransaction, result?: Json): Promise<void>
}

/**
 * Does one job. What it returns is kept as the job's result (nothing: no result); an outcome made by `retry`,
 * `snooze`, `cancel` or `release` says more; a throw is a failure, and backs off. It may run more than once.
 */
export type Handler<Payload = Json> = (job: Job<Payload>) => unknown

/** A job that a worker holds. A class, because its signal is made only when it is asked for. */
export class HeldJob implements Job {
  readonly id: string
  readonly queue: string
  readonly attempt: number
  readonly #taken: TakenJob
  readonly #stop: StopSignal
  readonly #transactions: Transactions
  #payload: { readonly value: Json } | null = null
  #isDoneWithin = false

  constructor(taken: TakenJob, stop: StopSignal, transactions: Transactions) {
    const { id, attempt, lease } = taken
    this.id = id
    this.queue = lease.queue
    this.attempt = attempt
    this.#taken = taken
    this.#stop = stop
    this.#transactions = transactions
  }

  /** Read when it is first asked for. @throws SyntaxError when it is not JSON. */
  get payload(): Json {
    this.#payload ??= { value: parseJson(this.#taken.payload) }
    return this.#payload.value
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Whether {@link doneWithin} has succeeded; whether its transaction has, only the store knows. */
  get isDoneWithin(): boolean {
    return this.#isDoneWithin
  }

  async doneWithin(transaction: OpenTransaction, result?: Json): Promise<void> {
    const { id, lease } = this.#taken
    const outcome = doneOutcome(result)
    const [settled] = await this.#transactions.commitWithin(transaction, [{ settle: { job: id, lease, outcome } }])
    if (settled?.kind === 'lost') {
      throw new LeaseLostError(`the lease of job ${id} has ended, so another may do it`, {
        hint: 'Roll the transaction back.',
      })
    }
    this.#isDoneWithin = true
  }
}

/** The outcome of an attempt that went well. @throws TypeError when JSON cannot hold the value, such as a BigInt or a circle. */
export function doneOutcome(value: unknown): Outcome {
  const result = value === undefined ? undefined : JSON.stringify(value)
  return result === undefined ? { kind: 'done' } : { kind: 'done', result }
}
