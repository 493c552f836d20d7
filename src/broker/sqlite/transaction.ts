import { JOB_STATES, type JobState } from '../../core/job-state.js'
import type { Lease } from '../job-store.js'
import type { Sql } from './sql.js'
import { STATE_INDEX } from './states.js'

/** A lease's row. */
export interface LeaseRow {
  readonly epoch: number
  readonly queue_id: number
  readonly node: string
  readonly taken_ms: number
  readonly until_ms: number
  readonly open: number
}

/** What a transaction holds back until its end, so that a thousand jobs cost one write of each. */
interface Changes {
  /** By queue id: the change of each counter, in the order of JOB_STATES. */
  readonly counts: Map<number, number[]>
  /** By queue id: jobs that ended. */
  readonly ended: Map<number, number>
  /** Jobs whose attempts are to be deleted, as they were named together. */
  readonly deleted: (readonly number[])[]
  /** Topics of records that were put or deleted. */
  readonly topics: Set<string>
  readonly leases: Map<number, { readonly row: LeaseRow | undefined; closed: number }>
}

/** What the kitchen gives out next; none is ever used twice. */
interface Sequence {
  nextId: number
  nextEpoch: number
  nextVersion: number
}

/** Ids, epochs, counters and leases of one transaction: read once, changed in memory, written at its end. */
export class Transaction {
  readonly sql: Sql
  /** The store's clock for all that this transaction does. */
  readonly nowMs: number
  readonly #changes: Changes = {
    counts: new Map(),
    ended: new Map(),
    deleted: [],
    topics: new Set(),
    leases: new Map(),
  }
  #sequence: Sequence | null = null
  #mustKeep = false

  constructor(sql: Sql, nowMs: number) {
    this.sql = sql
    this.nowMs = nowMs
  }

  /** The id that the next job gets; drawn with {@link drawId} once it is used. */
  get nextId(): number {
    return this.#read().nextId
  }

  drawId(count = 1): void {
    this.#read().nextId += count
  }

  /** The epoch of the next take; drawn with {@link drawEpoch} once it has taken something. */
  get nextEpoch(): number {
    return this.#read().nextEpoch
  }

  drawEpoch(): void {
    this.#mustKeep = true
    this.#read().nextEpoch++
  }

  /** The version of the record that is put next. */
  drawVersion(): number {
    this.#mustKeep = true
    return this.#read().nextVersion++
  }

  /** Called before jobs are deleted: the newest may be among them, and its id is never used again. */
  keepIds(): void {
    this.#read()
    this.#mustKeep = true
  }

  /** Jobs were deleted: their attempts go with them, at the end, all in one statement. */
  forgetAttempts(jobIds: readonly number[]): void {
    this.#changes.deleted.push(jobIds)
  }

  /** Records under a topic were put or deleted: whoever watches it is to see that. */
  noteChange(topic: string): void {
    this.#changes.topics.add(topic)
  }

  /** Moves `count` jobs of a queue from one state to another; null stands for not being there. */
  move(queueId: number, from: JobState | null, to: JobState | null, count = 1): void {
    if (count === 0) return
    const counts = this.#changesOf(queueId)
    if (from !== null) add(counts, STATE_INDEX[from], -count)
    if (to !== null) add(counts, STATE_INDEX[to], count)
    if (from === 'running' && (to === 'done' || to === 'error')) {
      this.#changes.ended.set(queueId, (this.#changes.ended.get(queueId) ?? 0) + count)
    }
  }

  /** A queue's counters, with what this transaction has moved so far. */
  countsOf(queueId: number): Readonly<Record<JobState, number>> {
    const row = this.sql.queueCounts.get(queueId) as Record<JobState, number>
    const changes = this.#changes.counts.get(queueId)
    return Object.fromEntries(JOB_STATES.map((state, at) => [state, row[state] + (changes?.[at] ?? 0)])) as typeof row
  }

  /** The row of a lease that stands by the store's clock. */
  standing({ queue, epoch }: Lease): LeaseRow | undefined {
    const { row } = this.#lease(epoch)
    const stands = row !== undefined && row.until_ms > this.nowMs && row.queue_id === this.sql.queueId(queue)
    return stands ? row : undefined
  }

  /** Notes that `count` jobs of a lease are settled; the lease goes with its last one. */
  close(epoch: number, count: number): void {
    this.#lease(epoch).closed += count
  }

  /** Writes what was held back. */
  finish(): void {
    if (this.#sequence !== null && this.#mustKeep) {
      const { nextId, nextEpoch, nextVersion } = this.#sequence
      this.sql.writeSequence.run(nextId, nextEpoch, nextVersion)
    }
    for (const [queueId, counts] of this.#changes.counts) this.sql.count.run(...counts, queueId)
    for (const [queueId, ended] of this.#changes.ended) this.#rate(queueId, ended)
    if (this.#changes.deleted.length > 0) this.#dropAttempts(this.#changes.deleted.flat())
    for (const topic of this.#changes.topics) this.sql.addChange.run(topic)
    for (const [epoch, lease] of this.#changes.leases) this.#settleLease(epoch, lease)
  }

  /** Most jobs have none. */
  #dropAttempts(jobIds: readonly number[]): void {
    let first = Number.POSITIVE_INFINITY
    let last = 0
    for (const id of jobIds) {
      first = Math.min(first, id)
      last = Math.max(last, id)
    }
    if (this.sql.hasAttempts.pluck().get(first, last) === 1) this.sql.dropAttempts.run(JSON.stringify(jobIds))
  }

  #read(): Sequence {
    if (this.#sequence === null) {
      const row = this.sql.readSequence.get() as { next_id: number; next_epoch: number; next_version: number }
      this.#sequence = { nextId: row.next_id, nextEpoch: row.next_epoch, nextVersion: row.next_version }
    }
    return this.#sequence
  }

  #changesOf(queueId: number): number[] {
    const known = this.#changes.counts.get(queueId)
    if (known !== undefined) return known
    const counts = JOB_STATES.map(() => 0)
    this.#changes.counts.set(queueId, counts)
    return counts
  }

  #lease(epoch: number): { readonly row: LeaseRow | undefined; closed: number } {
    const known = this.#changes.leases.get(epoch)
    if (known !== undefined) return known
    const lease = { row: this.sql.lease.get(epoch) as LeaseRow | undefined, closed: 0 }
    this.#changes.leases.set(epoch, lease)
    return lease
  }

  #settleLease(epoch: number, { row, closed }: { row: LeaseRow | undefined; closed: number }): void {
    if (row === undefined || closed === 0) return
    if (closed >= row.open) this.sql.dropLease.run(epoch)
    else this.sql.leaseOpen.run(row.open - closed, epoch)
  }

  #rate(queueId: number, ended: number): void {
    const second = Math.floor(this.nowMs / 1_000)
    this.sql.addRate.run(queueId, second, ended)
    this.sql.dropRate.run(queueId, second - 60)
  }
}

function add(counts: number[], index: number, change: number): void {
  counts[index] = (counts[index] ?? 0) + change
}
