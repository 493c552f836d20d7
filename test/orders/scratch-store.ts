import type { JobStore, NewJob, SentJob, Step, StepResult } from '#hob/broker/job-store.js'

/** A store that only keeps what is sent, and fails when told to: what a loader needs of one. */
export class ScratchStore implements JobStore {
  readonly jobs: NewJob[] = []
  /** How many jobs each commit sent. */
  readonly sizes: number[] = []
  /** Called before each commit; what it throws is the commit's failure. */
  before: () => Promise<void> | void = () => {}

  async commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    await this.before()
    return steps.map(({ send = [] }) => {
      this.sizes.push(send.length)
      const sent = send.map((job) => this.#keep(job))
      return { kind: sent.every(({ isNew }) => isNew) ? 'done' : 'duplicate', sent }
    })
  }

  #keep(job: NewJob): SentJob {
    const holder = job.key === undefined ? -1 : this.jobs.findIndex(({ key }) => key === job.key)
    if (holder >= 0) return { id: String(holder), isNew: false }
    return { id: String(this.jobs.push(job) - 1), isNew: true }
  }

  take(): never {
    throw new Error('a loader takes nothing')
  }

  extend(): never {
    throw new Error('a loader holds nothing')
  }

  sweep(): never {
    throw new Error('a loader sweeps nothing')
  }
}
