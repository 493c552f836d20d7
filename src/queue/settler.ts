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

/** Settles in batches: what ended in one turn of the event loop shares a call. A lone job does not wait for company. */
export class Settler {
  readonly #store: JobStore
  readonly #doneMax: number
  readonly #patience: Patience
  readonly #onFault: (error: unknown) => void
  #pending: Pending[] = []
  #isScheduled = false
  #flushing: Promise<void> = Promise.resolve()

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
      if (this.#isScheduled) return
      this.#isScheduled = true
      setImmediate(() => this.#leave())
    })
  }

  /** Resolves when nothing is under way. */
  async drain(): Promise<void> {
    while (this.#isScheduled || this.#pending.length > 0) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    await this.#flushing
  }

  #leave(): void {
    this.#isScheduled = false
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
