import type { Broker } from '../broker/broker.js'
import type { Retention } from '../broker/job-store.js'

/** What a worker's sweeps go by. */
export interface WorkerSweepOptions {
  readonly broker: Pick<Broker, 'sweep'>
  readonly queue: string
  /** What is kept of the queue's history now. */
  readonly keep: () => Retention
  /** Whether the worker takes no more: then a sweep goes no further. */
  readonly isStopping: () => boolean
  readonly onFault: (error: unknown) => void
}

/** Between two sweeps: this many settled that are not forgotten at once, or this long. */
const SWEEP_JOBS = 5_000
const SWEEP_MS = 30_000

/** Sweeps a worker's queue as often as what it settles asks for. */
export class WorkerSweep {
  readonly #options: WorkerSweepOptions
  /** Since the last sweep: how many were settled and not forgotten at once, and whether any was settled. */
  #settled = 0
  #hasSettled = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: WorkerSweepOptions) {
    this.#options = options
  }

  start(): void {
    // A queue in which nothing ends has nothing to sweep, unless jobs go by their age: what falls due or comes back, a take brings.
    this.#timer = setInterval(() => (this.#hasSettled || this.#keepsByAge()) && void this.#sweep(), SWEEP_MS).unref()
  }

  /** Safe before `start`, and twice. */
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Another job was settled. @param isForgotten The store has deleted it at once. */
  settled(isForgotten: boolean): void {
    this.#hasSettled = true
    if (!isForgotten && ++this.#settled >= SWEEP_JOBS) void this.#sweep()
  }

  #keepsByAge(): boolean {
    const { doneMs = Number.POSITIVE_INFINITY, errorMs = Number.POSITIVE_INFINITY } = this.#options.keep()
    return Math.min(doneMs, errorMs) < Number.POSITIVE_INFINITY
  }

  async #sweep(): Promise<void> {
    this.#settled = 0
    this.#hasSettled = false
    const { broker, queue, keep, isStopping, onFault } = this.#options
    try {
      for (;;) {
        const { hasMore } = await broker.sweep({ queue, keep: keep(), countMax: SWEEP_JOBS })
        if (!hasMore || isStopping()) return
      }
    } catch (error) {
      // Harmless: the next sweep, of this worker or of another, does what this one left.
      onFault(error)
    }
  }
}
