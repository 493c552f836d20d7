import type { JobStore, Lease, Step, StepResult, Sweep, Swept, Take, TakenJob } from '../job-store.js'
import { int4Array, int8Array } from './arrays.js'
import { isTransient } from './errors.js'
import type { Holdings } from './holdings.js'
import type { Queues } from './queues.js'
import type { Reader } from './reader.js'
import { sweepQueue } from './sweep.js'
import { persistently, type Writer } from './writer.js'

interface Extended {
  readonly epoch: number
  readonly queue_id: number
  readonly is_behind: boolean
}

/** The job store on PostgreSQL. */
export class PostgresJobs implements JobStore {
  readonly #parts: JobsParts

  constructor(parts: JobsParts) {
    this.#parts = parts
  }

  commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    return this.#parts.writer.commit(steps)
  }

  take(take: Take): Promise<readonly TakenJob[]> {
    return this.#parts.writer.take(take)
  }

  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    if (leases.length === 0) return []
    const { reader, queues, holdings } = this.#parts
    const held = await reader.use(async (link, sql) => {
      await queues.learn(
        link,
        leases.map(({ queue }) => queue),
      )
      const epochs = int8Array(leases.map(({ epoch }) => epoch))
      const queueIds = int4Array(leases.map(({ queue }) => queues.get(queue)?.id ?? 0))
      const extended = await persistently(isTransient, () =>
        link.rows<Extended>(sql.extend, [epochs, queueIds, leaseMs]),
      )
      if (extended.some((lease) => lease.is_behind)) await link.rows(sql.forgetLanes)
      return extended
    })
    const names = new Set(held.map(({ epoch, queue_id }) => `${epoch} ${queue_id}`))
    const lost = leases.filter(({ epoch, queue }) => !names.has(`${epoch} ${queues.get(queue)?.id}`))
    holdings.drop(lost)
    return lost
  }

  sweep(sweep: Sweep): Promise<Swept> {
    const { reader, queues } = this.#parts
    return reader.use(async (link, sql) => {
      const queueId = await queues.idOf(link, sweep.queue)
      return persistently(isTransient, () => sweepQueue(link, sql, { sweep, queueId }))
    })
  }
}

/** What a job store works with. */
export interface JobsParts {
  readonly writer: Writer
  readonly reader: Reader
  readonly queues: Queues
  readonly holdings: Holdings
}
