import type { Clock } from '../../core/clock.js'
import type { Heap } from '../../core/heap.js'
import type { JobStore, Lease, Retention, Step, StepResult, Sweep, Swept, Take, TakenJob } from '../job-store.js'
import type { RecordPut } from '../records.js'
import { isSuspect, type Job } from './job.js'
import { end, heldFor, makeDueReady, returnEnded, send } from './life.js'
import type { Queue } from './queue.js'
import { dropExpired, putRecord, versionOf } from './records.js'
import type { MemoryStore } from './store.js'
import { Turn } from './turn.js'

/** The work of a memory kitchen. Nothing here awaits before all is done, so every verb is atomic. */
export class MemoryJobStore implements JobStore {
  readonly #store: MemoryStore
  readonly #clock: Clock
  readonly #turn = new Turn()

  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    const nowMs = this.#clock.nowMs()
    const results = steps.map((step) => this.#apply(step, nowMs))
    for (const queue of queuesOf(steps)) this.#store.bell.ring(queue)
    await this.#turn.end()
    return results
  }

  async take({ queue: name, node, countMax, leaseMs, suspectsMax = 1 }: Take): Promise<readonly TakenJob[]> {
    const queue = this.#store.queues.get(name)
    if (!queue || queue.isPaused) return []
    const nowMs = this.#clock.nowMs()
    returnEnded(queue, nowMs, Number.POSITIVE_INFINITY)
    makeDueReady(queue, nowMs, Number.POSITIVE_INFINITY)
    const jobs = pick(queue, countMax, suspectsMax)
    if (jobs.length === 0) return []
    const epoch = this.#store.nextEpoch()
    const lease = { epoch, node, takenMs: nowMs, untilMs: nowMs + leaseMs, jobs: new Set(jobs) }
    queue.leases.set(epoch, lease)
    for (const job of jobs) {
      job.lease = lease
      queue.move(job, 'running', nowMs)
    }
    // Whoever waits for this lease to end learns when that will be.
    this.#store.bell.ring(name)
    const given = jobs.map((job) => taken(job, { queue: name, epoch }))
    await this.#turn.end()
    return given
  }

  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    const nowMs = this.#clock.nowMs()
    return leases.filter((lease) => !this.#prolong(lease, nowMs, nowMs + leaseMs))
  }

  async sweep({ queue: name, keep, countMax }: Sweep): Promise<Swept> {
    const queue = this.#store.queues.get(name)
    if (!queue) return { returned: [], dueCount: 0, droppedCount: 0, hasMore: false }
    const nowMs = this.#clock.nowMs()
    const returned = returnEnded(queue, nowMs, countMax)
    const dueCount = makeDueReady(queue, nowMs, countMax)
    const droppedCount = this.#drop(queue, keep, nowMs, countMax)
    dropExpired(this.#store.records, nowMs)
    this.#store.bell.ring(name)
    return { returned, dueCount, droppedCount, hasMore: hasMore(queue, keep, nowMs) }
  }

  #apply({ settle, send: newJobs = [], put = [] }: Step, nowMs: number): StepResult {
    const { records } = this.#store
    const held = settle && heldFor(this.#store, settle, nowMs)
    if (settle && !held) return { kind: 'lost', sent: [] }
    const isExpected = (change: RecordPut): boolean =>
      change.expected === undefined || change.expected === versionOf(records, change.key, nowMs)
    if (!put.every(isExpected)) return { kind: 'conflict', sent: [] }

    // The end first: a job may send its successor under the key that it frees.
    if (settle && held) end(this.#store, held, settle, nowMs)
    const sent = newJobs.map((newJob) => send(this.#store, newJob, nowMs))
    for (const change of put) putRecord(this.#store, change, nowMs)
    return { kind: sent.every(({ isNew }) => isNew) ? 'done' : 'duplicate', sent }
  }

  #prolong({ queue, epoch }: Lease, nowMs: number, untilMs: number): boolean {
    const lease = this.#store.queues.get(queue)?.leases.get(epoch)
    if (!lease || lease.untilMs <= nowMs) return false
    lease.untilMs = untilMs
    this.#store.bell.ring(queue)
    return true
  }

  #drop(queue: Queue, keep: Retention, nowMs: number, countMax: number): number {
    let count = 0
    const dropFrom = (line: Heap<Job>, isOver: (line: Heap<Job>) => boolean): void => {
      for (; count < countMax && isOver(line); count += 1) {
        const job = line.pop()
        if (!job) return
        queue.drop(job)
        this.#store.jobs.delete(job.id)
      }
    }
    dropFrom(queue.done, (line) => isOver(line, keep.doneMax, keep.doneMs, nowMs))
    dropFrom(queue.failed, (line) => isOver(line, keep.errorMax, keep.errorMs, nowMs))
    return count
  }
}

/** The next jobs in their order, out of their lines. */
function pick(queue: Queue, countMax: number, suspectsMax: number): Job[] {
  const jobs: Job[] = []
  let suspectsLeft = suspectsMax
  while (jobs.length < countMax) {
    const job = queue.next(suspectsLeft)
    if (!job) break
    if (isSuspect(job)) suspectsLeft -= 1
    jobs.push(job)
  }
  return jobs
}

const taken = (job: Job, lease: Lease): TakenJob => ({
  id: job.id,
  lease,
  payload: job.payload,
  attempt: job.failures + job.crashes + 1,
  failures: job.failures,
  attemptsMax: job.attemptsMax,
  isSuspect: isSuspect(job),
  sentMs: job.sentMs,
})

const hasMore = (queue: Queue, keep: Retention, nowMs: number): boolean =>
  queue.hasEndedLease(nowMs) ||
  queue.hasDue(nowMs) ||
  isOver(queue.done, keep.doneMax, keep.doneMs, nowMs) ||
  isOver(queue.failed, keep.errorMax, keep.errorMs, nowMs)

/** Whether the first of those that ended has to go: there are too many, or it ended too long ago. */
function isOver(line: Heap<Job>, keepMax: number, keepMs = Number.POSITIVE_INFINITY, nowMs: number): boolean {
  const endedMs = line.first()?.endedMs ?? Number.POSITIVE_INFINITY
  return line.size > keepMax || endedMs + keepMs <= nowMs
}

/** The queues in which steps may have changed something. */
function queuesOf(steps: readonly Step[]): Set<string> {
  const queues = new Set<string>()
  for (const { settle, send = [] } of steps) {
    if (settle) queues.add(settle.lease.queue)
    for (const { queue } of send) queues.add(queue)
  }
  return queues
}
