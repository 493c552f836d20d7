import type { Control } from '../broker/control.js'
import type { JobStore, Outcome, Settle } from '../broker/job-store.js'
import type { RecordPut } from '../broker/records.js'
import { stateAfter } from '../broker/state-after.js'
import type { JobState } from '../core/job-state.js'
import { BATCH_MAX } from '../core/limits.js'
import { type Patience, withPatience } from './patience.js'

/** `done`: the outcome is durable. `lost`: it was refused. `unsettled`: the store is at fault, and the lease will end. */
export type Settled = 'done' | 'lost' | 'unsettled'

/** Whether a job stands where an outcome left it; what was to wait may be due by now. */
const standsAfter = (outcome: Outcome, state: JobState): boolean =>
  state === stateAfter(outcome) || (state === 'ready' && stateAfter(outcome) === 'scheduled')

/** An outcome that the store refused after an earlier try, and what its holder knows of the job. */
export interface RefusedOutcome {
  readonly settle: Pick<Settle, 'job' | 'outcome' | 'forget'>
  /** Who settles, as the store names it. */
  readonly node: string
  /** Of the job, when it was taken. */
  readonly crashes: number
}

/**
 * The store may have applied a try whose answer was cut off, and then says `lost` to the next one. What became of the
 * job tells: it stands as this outcome leaves it, this node had it last, and the lease did not end, which would have
 * been counted as a crash: this node may have taken the job again since, and done it under the next lease.
 */
export async function wasDone(
  store: Pick<Control, 'job'>,
  { settle: { job: id, outcome, forget }, node, crashes }: RefusedOutcome,
  patience: Patience,
): Promise<boolean> {
  const job = await withPatience(() => store.job(id), patience)
  if (job === undefined) return forget === true
  return job.node === node && job.crashes === crashes && standsAfter(outcome, job.state)
}

/** Handed over: a copy of each, to set one field, took a twentieth of the time of very short jobs. */
type OwnSettle = { -readonly [Field in keyof Settle]: Settle[Field] }

/** An outcome on its way. Called back rather than promised: a promise for each job cost a tenth of a short job's time. */
interface Pending {
  readonly settle: OwnSettle
  readonly put?: readonly RecordPut[]
  readonly crashes: number
  readonly onSettled: (settled: Settled) => void
}

/**
 * The least time between two batches: ten times as long as the last one took, so that a store with a slow disk takes a
 * tenth of the time at most. With an fsync for each pair of very short commands, a waiter spent a third of its time in
 * them; with one each 8 ms, two fifths of its main thread's processor time were SQLite's and the kernel's. Nobody waits for an
 * outcome that comes this much later.
 */
const gapMs = (lastMs: number): number => Math.min(50, Math.max(25, 10 * lastMs))

/**
 * Of the results beyond what a queue keeps, so many stay until the next sweep all the same, in so long: who sent a thousand jobs at
 * once and awaits them finds their results, and of a steady stream nothing is stored only to be dropped a moment later.
 */
const SPARE_RESULTS = 5_000
const SPARE_MS = 30_000

/**
 * Most outcomes in a batch with records: a commit takes 10,000 records, and the notes of a job may have 64 KiB.
 */
const BATCH_WITH_PUTS_MAX = 100

/**
 * Settles in batches: what ended in one turn of the event loop, or within a few milliseconds of the batch before it,
 * shares a call. A lone job does not wait for company.
 */
export class Settler {
  readonly #store: JobStore & Pick<Control, 'job'>
  readonly #node: string
  readonly #doneMax: () => number
  readonly #patience: Patience
  readonly #onGivenUp: (error: unknown) => void
  #pending: Pending[] = []
  /** Those at the head of these that were held back once. */
  #heldBack = 0
  #hasPuts = false
  #spareResults = SPARE_RESULTS
  #sparedAtMs = Number.NEGATIVE_INFINITY
  #flushing: Promise<void> = Promise.resolve()
  /** Calls off the departure that is planned; null when none is. */
  #callOff: (() => void) | null = null
  #leftAtMs = Number.NEGATIVE_INFINITY
  #lastMs = 0

  /**
   * @param node Who settles, as the store names it.
   * @param doneMax As many done jobs the queue keeps now; of a larger batch, the surplus is forgotten at once.
   * @param onGivenUp Told when a batch could not be settled: its jobs are `unsettled`.
   */
  constructor(
    store: JobStore & Pick<Control, 'job'>,
    { node, doneMax, ...patience }: Patience & { readonly node: string; readonly doneMax: () => number },
    onGivenUp: (error: unknown) => void,
  ) {
    this.#store = store
    this.#node = node
    this.#doneMax = doneMax
    this.#patience = patience
    this.#onGivenUp = onGivenUp
  }

  /**
   * Calls back, and never throws, when it is known what became of the outcome.
   *
   * @param crashes Of the job, when it was taken.
   * @param put Records that change with the outcome, or not at all.
   */
  settle(settle: OwnSettle, crashes: number, onSettled: (settled: Settled) => void, put?: readonly RecordPut[]): void {
    if (put === undefined) this.#pending.push({ settle, crashes, onSettled })
    else {
      this.#pending.push({ settle, crashes, onSettled, put })
      this.#hasPuts = true
    }
    this.#callOff ??= this.#plan()
  }

  /**
   * Sends what waits on its way now, so that it can share a transaction with a call that follows at once. When very many have ended
   * the newest wait once more.
   */
  leave(): void {
    this.#leave(true)
  }

  /** Resolves when nothing waits or is under way. */
  async drain(): Promise<void> {
    this.#leave(false)
    await this.#flushing
  }

  #plan(): () => void {
    const waitMs = this.#leftAtMs + gapMs(this.#lastMs) - performance.now()
    if (waitMs <= 0) {
      const immediate = setImmediate(() => this.leave())
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(() => this.leave(), waitMs)
    return () => clearTimeout(timer)
  }

  #leave(mayHoldBack: boolean): void {
    this.#callOff?.()
    this.#callOff = null
    if (this.#pending.length === 0) return
    this.#leftAtMs = performance.now()
    const fresh = this.#pending.length - this.#heldBack
    this.#heldBack = 0
    while (this.#pending.length > this.#heldBack) {
      const before = this.#flushing
      const batch = this.#pending.splice(0, this.#hasPuts ? BATCH_WITH_PUTS_MAX : BATCH_MAX)
      if (this.#pending.length === 0) this.#hasPuts = false
      this.#forgetSurplus(batch)
      if (mayHoldBack && this.#pending.length === 0) this.#holdBack(batch, fresh)
      this.#flushing = Promise.all([before, this.#commit(batch)]).then(() => undefined)
    }
    if (this.#heldBack > 0) this.#callOff = this.#plan()
  }

  /**
   * As many as the queue keeps wait for the next batch when more than these ended since the one before: it comes in a moment, and
   * then they mostly are no longer the newest, and need not be stored to be dropped by the next sweep, which took a tenth of
   * the time of very short jobs on PostgreSQL. None waits twice, since it is either forgotten then, or the rush is over.
   */
  #holdBack(batch: Pending[], fresh: number): void {
    const doneMax = this.#doneMax()
    if (Math.min(fresh, batch.length) <= doneMax) return
    let from = batch.length
    while (from > batch.length - doneMax && isPlainEnd(batch[from - 1])) from--
    this.#pending = batch.splice(from)
    this.#heldBack = this.#pending.length
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const startedMs = performance.now()
    let tries = 0
    let told = 0
    const commit = () => {
      tries++
      return this.#store.commit(batch)
    }
    try {
      const results = await withPatience(commit, this.#patience)
      this.#lastMs = performance.now() - startedMs
      for (const [at, pending] of batch.entries()) {
        const isDone =
          results[at]?.kind === 'done' ||
          (tries > 1 && (await wasDone(this.#store, { ...pending, node: this.#node }, this.#patience)))
        told = at + 1
        pending.onSettled(isDone ? 'done' : 'lost')
      }
    } catch (error) {
      this.#onGivenUp(error)
      for (const { onSettled } of batch.slice(told)) onSettled('unsettled')
    }
  }

  /** To delete a job costs half as much as to keep it and to delete it a moment later. The newest stay. */
  #forgetSurplus(batch: readonly Pending[]): void {
    const doneMax = this.#doneMax()
    if (batch.length <= doneMax) return
    let surplus = batch.reduce((count, pending) => (isDone(pending) ? count + 1 : count), -doneMax)
    for (const pending of batch) {
      if (surplus <= 0) return
      if (!isDone(pending)) continue
      surplus--
      if (pending.settle.outcome.result === undefined || !this.#spares()) pending.settle.forget = true
    }
  }

  /** Whether one more result may stay beyond what the queue keeps. */
  #spares(): boolean {
    if (this.#leftAtMs - this.#sparedAtMs > SPARE_MS) {
      this.#sparedAtMs = this.#leftAtMs
      this.#spareResults = SPARE_RESULTS
    }
    return this.#spareResults-- > 0
  }
}

type DoneSettle = OwnSettle & { readonly outcome: Extract<Outcome, { kind: 'done' }> }

const isDone = (pending: Pending): pending is Pending & { readonly settle: DoneSettle } =>
  pending.settle.outcome.kind === 'done'

/** A good end, with which no record changes. */
const isPlainEnd = (pending: Pending | undefined): boolean =>
  pending !== undefined && isDone(pending) && pending.put === undefined
