import type { JobStore, Retention, Settle, Step } from '../broker/job-store.js'
import { KitchenError } from '../core/errors.js'
import { BATCH_MAX } from '../core/limits.js'

/** How a failed call is tried again before it counts as a fault of the store. */
export interface Patience {
  /** Tries in all; Infinity for a worker that shall never give up. */
  readonly triesMax: number
}

/** What passes by itself; anything else fails at once. */
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'busy', 'full'])

const PAUSE_MS_MAX = 5_000

/**
 * Tries a call of the store again while its fault may pass: after 100 ms, 200 ms … 5 s.
 *
 * @throws What the last try threw.
 */
export async function withPatience<T>(call: () => Promise<T>, { triesMax }: Patience): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await call()
    } catch (error) {
      const mayPass = error instanceof KitchenError && PASSING.has(error.code)
      if (!mayPass || tried >= triesMax) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS_MAX, 50 * 2 ** tried)))
    }
  }
}

/** `done`: the outcome is durable. `lost`: it was refused. `unsettled`: the store is at fault, and the lease will end. */
export type Settled = 'done' | 'lost' | 'unsettled'

interface Pending {
  readonly settle: Settle
  readonly resolve: (settled: Settled) => void
}

/**
 * The least time between two batches. With an fsync for each pair of very short commands, a waiter spent a third of its
 * time in them; nobody waits for an outcome that comes this much later.
 */
const GAP_MS = 8

/**
 * Settles in batches: what ended in one turn of the event loop, or within a few milliseconds of the batch before it,
 * shares a call. A lone job does not wait for company.
 */
export class Settler {
  readonly #store: JobStore
  readonly #doneMax: number
  readonly #patience: Patience
  readonly #onFault: (error: unknown) => void
  #pending: Pending[] = []
  #flushing: Promise<void> = Promise.resolve()
  /** Calls off the departure that is planned; null when none is. */
  #callOff: (() => void) | null = null
  #leftAtMs = Number.NEGATIVE_INFINITY

  /** @param doneMax As many done jobs the queue keeps; of a larger batch, the surplus is forgotten at once. */
  constructor(
    store: JobStore,
    { doneMax, ...patience }: Patience & Pick<Retention, 'doneMax'>,
    onFault: (error: unknown) => void,
  ) {
    this.#store = store
    this.#doneMax = doneMax
    this.#patience = patience
    this.#onFault = onFault
  }

  settle(settle: Settle): Promise<Settled> {
    return new Promise((resolve) => {
      this.#pending.push({ settle, resolve })
      this.#callOff ??= this.#plan()
    })
  }

  /** Sends what waits on its way now, so that it can share a transaction with a call that follows at once. */
  leave(): void {
    this.#callOff?.()
    this.#callOff = null
    if (this.#pending.length > 0) this.#leave()
  }

  /** Resolves when nothing is under way. */
  async drain(): Promise<void> {
    this.leave()
    await this.#flushing
  }

  #plan(): () => void {
    const waitMs = this.#leftAtMs + GAP_MS - performance.now()
    if (waitMs <= 0) {
      const immediate = setImmediate(() => this.leave())
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(() => this.leave(), waitMs)
    return () => clearTimeout(timer)
  }

  #leave(): void {
    this.#leftAtMs = performance.now()
    const before = this.#flushing
    const batch = this.#pending.splice(0, BATCH_MAX)
    const leaving = this.#commit(batch)
    this.#flushing = Promise.all([before, leaving]).then(() => undefined)
    if (this.#pending.length > 0) this.#leave()
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    try {
      const steps = this.#stepsOf(batch)
      const results = await withPatience(() => this.#store.commit(steps), this.#patience)
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]?.kind === 'done' ? 'done' : 'lost')
    } catch (error) {
      this.#onFault(error)
      for (const { resolve } of batch) resolve('unsettled')
    }
  }

  /** To delete a job costs half as much as to keep it and to delete it a moment later. One with a result is kept. */
  #stepsOf(batch: readonly Pending[]): readonly Step[] {
    let surplus = batch.length - this.#doneMax
    return batch.map(({ settle }) => {
      const { outcome } = settle
      const isPlain = outcome.kind === 'done' && outcome.result === undefined
      return { settle: isPlain && surplus-- > 0 ? { ...settle, forget: true } : settle }
    })
  }
}
