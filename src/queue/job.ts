import type { Outcome, TakenJob } from '../broker/job-store.js'
import type { OpenTransaction, Transactions } from '../broker/transactions.js'
import { LeaseLostError } from '../core/errors.js'
import { type Json, parseJson } from '../core/json.js'
import { jsonText } from './json-text.js'
import type { NoteBook, RunNotes } from './notes.js'
import type { StopSignal } from './stop-signal.js'

/** What a handler is given. Its functions may be taken from it: `({ payload, log }) => …`. */
export interface Job<Payload = unknown> {
  readonly id: string
  readonly queue: string
  /** As the queue's schema makes it; without one, what was sent. */
  readonly payload: Payload
  /** 1 for the first run; failed and crashed runs count. */
  readonly attempt: number
  /**
   * Aborts when the job must stop: its time is up, it was cancelled, its lease was lost, or the worker stops. Its reason is a
   * text that says which.
   */
  readonly signal: AbortSignal
  /**
   * Says how far it is, by any value that JSON holds in 16 KiB; the last is kept with the job for a day. Costs no call: it is put
   * with others once a second, and with the outcome.
   *
   * @throws ArgumentError when the value cannot be kept.
   */
  readonly progress: (value: Json) => void
  /**
   * Writes a line that is kept with the job for a day, over all its attempts: the newest 64 KiB of lines, of a longer line its last
   * 4 KiB. Put as progress is.
   *
   * @throws ArgumentError when it is no text.
   */
  readonly log: (line: string) => void
  /**
   * Ends the job as done within a transaction of yours on the kitchen's own store, so that what you write there and the
   * end of the job become true together. Await it, commit, and return; roll back and throw, and the attempt has failed.
   *
   * @param result Kept with the job, as what a handler returns otherwise is.
   * @throws LeaseLostError when another may have the job by now: roll back. ArgumentError when this kitchen cannot join
   * the transaction, or JSON cannot hold the result.
   */
  readonly doneWithin: (transaction: OpenTransaction, result?: Json) => Promise<void>
}

/**
 * Does one job. What it returns is kept as the job's result (nothing: no result); an outcome made by `retry`,
 * `snooze`, `fail`, `cancel` or `release` says more; a throw is a failure, and backs off. It may run more than once.
 */
export type Handler<Payload = unknown> = (job: Job<Payload>) => unknown

/** What the job of a handler reaches the kitchen by. */
export interface JobMeans {
  readonly transactions: Transactions
  readonly notes: NoteBook
}

/** A job that a worker holds. A class with getters, because most handlers ask for little of it: what they do not ask for is not made. */
export class HeldJob implements Job {
  readonly id: string
  readonly queue: string
  readonly attempt: number
  readonly #taken: TakenJob
  readonly #stop: StopSignal
  readonly #means: JobMeans
  #payload: { readonly value: unknown } | null = null
  #notes: RunNotes | null = null
  #isDoneWithin = false
  #isOver = false

  constructor(taken: TakenJob, stop: StopSignal, means: JobMeans) {
    const { id, attempt, lease } = taken
    this.id = id
    this.queue = lease.queue
    this.attempt = attempt
    this.#taken = taken
    this.#stop = stop
    this.#means = means
  }

  /** Read when it is first asked for. @throws SyntaxError when it is not JSON. */
  get payload(): unknown {
    this.#payload ??= { value: parseJson(this.#taken.payload) }
    return this.#payload.value
  }

  /** Gives the handler another payload: what the queue's schema made of it. */
  show(payload: unknown): void {
    this.#payload = { value: payload }
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  get progress(): (value: Json) => void {
    return (value) => this.#noted()?.progress(value)
  }

  get log(): (line: string) => void {
    return (line) => this.#noted()?.log(line)
  }

  get doneWithin(): (transaction: OpenTransaction, result?: Json) => Promise<void> {
    return (transaction, result) => this.#endWithin(transaction, result)
  }

  /** What the handler noted; null when it noted nothing. */
  get notes(): RunNotes | null {
    return this.#notes
  }

  /** Whether {@link doneWithin} has succeeded; whether its transaction has, only the store knows. */
  get isDoneWithin(): boolean {
    return this.#isDoneWithin
  }

  /** This run speaks for its job no more: what a handler notes that goes on all the same is not kept. */
  end(): void {
    this.#isOver = true
    this.#notes?.end()
  }

  #noted(): RunNotes | null {
    if (!this.#isOver) this.#notes ??= this.#means.notes.open(this.id)
    return this.#notes
  }

  async #endWithin(transaction: OpenTransaction, result: Json | undefined): Promise<void> {
    const { id, lease } = this.#taken
    const settle = { job: id, lease, outcome: doneOutcome(result) }
    await this.#notes?.ready
    const put = this.#notes?.put()
    const step = put === undefined ? { settle } : { settle, put: [put] }
    const [settled] = await this.#means.transactions.commitWithin(transaction, [step])
    if (settled?.kind === 'lost') {
      throw new LeaseLostError(`the lease of job ${id} has ended, so another may do it`, {
        hint: 'Roll the transaction back.',
      })
    }
    this.#isDoneWithin = true
  }
}

/** The outcome of an attempt that went well. @throws ArgumentError when JSON cannot hold the value, such as a BigInt, a circle or a function. */
export function doneOutcome(value: unknown): Outcome {
  if (value === undefined) return { kind: 'done' }
  return { kind: 'done', result: jsonText(value, 'the result cannot be kept') }
}
