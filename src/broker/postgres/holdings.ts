import type { Lease, TakenJob } from '../job-store.js'

/**
 * What this process took and has not settled. That a lease was given for a job never changes, so of these jobs it need
 * not be asked again when they end; of others, such as those of before a restart, the store is asked.
 */
export class Holdings {
  readonly #leases = new Map<number, { readonly queue: string; readonly jobs: Set<string> }>()

  hold({ queue, epoch }: Lease, jobs: readonly TakenJob[]): void {
    this.#leases.set(epoch, { queue, jobs: new Set(jobs.map(({ id }) => id)) })
  }

  /**
   * Whether a lease was given for a job. It is told once: whatever becomes of the settle, another one of the same job is
   * looked at closely.
   */
  letGo({ queue, epoch }: Lease, job: string): boolean {
    const lease = this.#leases.get(epoch)
    if (lease === undefined || lease.queue !== queue || !lease.jobs.delete(job)) return false
    if (lease.jobs.size === 0) this.#leases.delete(epoch)
    return true
  }

  /** Leases that have ended are of no more use. */
  drop(leases: readonly Lease[]): void {
    for (const { epoch } of leases) this.#leases.delete(epoch)
  }
}
