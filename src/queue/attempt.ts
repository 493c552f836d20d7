import { checkOutcome } from '../broker/arguments.js'
import type { Outcome, TakenJob } from '../broker/job-store.js'
import type { RecordPut } from '../broker/records.js'
import type { Transactions } from '../broker/transactions.js'
import { type FailurePolicy, failed } from './failure.js'
import { doneOutcome, HeldJob } from './job.js'
import type { NoteBook } from './notes.js'
import { HandlerOutcome } from './outcome.js'
import type { StandardSchema } from './standard-schema.js'
import type { StopSignal } from './stop-signal.js'
import { errorText, stackText } from './thrown.js'
import type { Ran } from './worker.js'

/** What is the same for all attempts of a worker. */
export interface AttemptWork {
  readonly policy: FailurePolicy
  /** null: no bound. */
  readonly timeoutMs: number | null
  /** What payloads are checked by before a handler sees them; null: nothing. */
  readonly schema: StandardSchema | null
  readonly transactions: Transactions
  readonly notes: NoteBook
}

/** After its signal has aborted, because its time is up or it was cancelled, a handler has this long to end; then its slot is given to another. */
const GRACE_MS = 5_000

/**
 * One run of a job, from its start to its outcome, which it tells once: when the handler has ended, or when it may be waited for
 * no longer, because the worker stops, or its time and its grace are up. A lost lease is no such case: the slot is taken until
 * the handler ends.
 */
export class Attempt {
  readonly held: HeldJob
  readonly #work: AttemptWork
  readonly #job: TakenJob
  readonly #stop: StopSignal
  readonly #end: (ran: Ran) => void
  /** 0 until it begins. */
  #startedMs = 0
  #timer: NodeJS.Timeout | null = null
  #isOver = false

  constructor(work: AttemptWork, job: TakenJob, stop: StopSignal, end: (ran: Ran) => void) {
    this.held = new HeldJob(job, stop, work)
    this.#work = work
    this.#job = job
    this.#stop = stop
    this.#end = end
    stop.onStop((reason) => {
      if (reason === 'stopped') this.#over({ kind: 'release' })
      else if (reason === 'lease lost') this.held.end()
      else if (this.#startedMs > 0) setTimeout(() => this.#over(this.#stoppedOutcome()), GRACE_MS).unref()
      else this.#over(this.#stoppedOutcome())
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Its time begins now, and ends by itself. */
  begin(): void {
    const { timeoutMs } = this.#work
    this.beginUntimed()
    if (timeoutMs !== null) this.#timer = setTimeout(() => this.timeUp(), timeoutMs)
  }

  /** Its time begins now; whoever calls this also calls {@link timeUp}. */
  beginUntimed(): void {
    this.#startedMs = performance.now()
  }

  /** Aborts its signal; from then on it has failed, however it ends. */
  timeUp(): void {
    this.#stop.stop('timeout')
  }

  /** The handler answered. */
  ended(value: unknown): void {
    try {
      const outcome = this.#outcomeOf(value)
      checkOutcome(outcome)
      if (this.held.isDoneWithin) this.failed('the transaction that ended it was not committed')
      else this.#over(outcome)
    } catch (error) {
      // The store would refuse that outcome: then this attempt has failed, and no other.
      this.failed(error)
    }
  }

  /** The handler threw, or answered what cannot be stored. */
  failed(error: unknown): void {
    const { reason } = this.#stop
    const isStopped = reason === 'timeout' || reason === 'cancelled'
    if (isStopped) this.#over(this.#stoppedOutcome())
    else this.#over(failed(this.#job, errorText(error), this.#work.policy), stackText(error))
  }

  /** The payload is none for this handler: in error at once, since it will not fit the next time either. */
  unfit(reason: string): void {
    this.#over({ kind: 'error', error: reason })
  }

  #outcomeOf(value: unknown): Outcome {
    const { reason } = this.#stop
    if (reason === 'timeout') return this.#stoppedOutcome()
    if (!(value instanceof HandlerOutcome)) return doneOutcome(value)
    // What would run again was to end; and of a cancelled job nobody asks how it failed.
    if (reason === 'cancelled' && value.kind !== 'cancel') return this.#stoppedOutcome()
    return outcomeOf(value, this.#job, this.#work.policy)
  }

  /** Of an attempt whose time is up, or that was cancelled. */
  #stoppedOutcome(): Outcome {
    const { policy, timeoutMs } = this.#work
    if (this.#stop.reason === 'cancelled') return { kind: 'cancel', reason: this.#stop.why }
    return failed(this.#job, `timed out after ${timeoutMs} ms`, policy)
  }

  /** @param output Kept with the attempt. */
  #over(outcome: Outcome, output?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const ranMs = this.#startedMs > 0 ? Math.round(performance.now() - this.#startedMs) : 0
    const report = output === undefined ? { ranMs } : { ranMs, output }
    const { notes, isDoneWithin } = this.held
    this.held.end()
    const ran = { outcome, report, isDoneWithin }
    if (notes === null) this.#end(ran)
    else if (notes.ready === null) this.#endWith(ran, notes.put())
    else void notes.ready.then(() => this.#endWith(ran, notes.put()))
  }

  #endWith(ran: Ran, put: RecordPut | undefined): void {
    this.#end(put === undefined ? ran : { ...ran, put })
  }
}

function outcomeOf({ kind, inMs, reason }: HandlerOutcome, job: TakenJob, policy: FailurePolicy): Outcome {
  switch (kind) {
    case 'release':
      return { kind }
    case 'cancel':
      return { kind, reason }
    case 'fail':
      return { kind: 'error', error: reason }
    case 'snooze':
      return { kind, inMs: inMs ?? 0 }
    case 'retry': {
      const outcome = failed(job, reason === '' ? 'the handler asked for a retry' : reason, policy)
      return outcome.kind === 'retry' && inMs !== undefined ? { ...outcome, inMs } : outcome
    }
  }
}
