import type { Lease, TakenJob } from '../job-store.js'

/** Leases kept in mind at most; what was held under older ones is asked of the store when it ends. */
const LEASES_MAX = 20_000

interface Holding {
  readonly queue: string
  /** Jobs whose end has not been asked for. */
  readonly jobs: Set<string>
  /** Jobs whose end is not known to be durable. */
  open: number
}

/**
 * What this process took and has not settled. That a lease was given for a job never changes, so of these jobs it need
 * not be asked again when they end; of others, such as those of before a restart, the store is asked.
 */
export class Holdings {
  /** By epoch, so the oldest come first. */
  readonly #leases = new Map<number, Holding>()
  readonly #over: number[] = []

  hold({ queue, epoch }: Lease, jobs: readonly TakenJob[]): void {
    this.#leases.set(epoch, { queue, jobs: new Set(jobs.map(({ id }) => id)), open: jobs.length })
    const [oldest] = this.#leases.size > LEASES_MAX ? this.#leases.keys() : []
    if (oldest !== undefined) this.#leases.delete(oldest)
  }

  /**
   * Whether a lease was given for a job. It is told once: whatever becomes of the settle, another one of the same job is
   * looked at closely.
   */
  letGo({ queue, epoch }: Lease, job: string): boolean {
    const lease = this.#leases.get(epoch)
    return lease !== undefined && lease.queue === queue && lease.jobs.delete(job)
  }

  /** A job that was let go is held no longer, and that is durable. A lease is over with its last one. */
  end({ epoch }: Lease): void {
    const lease = this.#leases.get(epoch)
    if (lease === undefined || --lease.open > 0) return
    this.#leases.delete(epoch)
    this.#over.push(epoch)
  }

  /** Leases that are over and still have their rows, each told once: whoever writes next may drop them. */
  drainOver(): readonly number[] {
    return this.#over.splice(0)
  }

  /** Leases that have ended are of no more use. */
  drop(leases: readonly Lease[]): void {
    for (const { epoch } of leases) this.#leases.delete(epoch)
  }
}
