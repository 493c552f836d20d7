import { Heap } from '../../core/heap.js'
import { hasEnded, type JobState, TRANSITIONS } from '../../core/job-state.js'
import { byDue, byEnd, byTurn, type HeldLease, isSuspect, type Job } from './job.js'
import { Pace } from './pace.js'

/** A job that runs, and what holds it. */
export interface Held {
  readonly queue: Queue
  readonly lease: HeldLease
  readonly job: Job
}

/** One queue: its jobs in the lines where they wait, its leases, its keys and its counters. */
export class Queue {
  readonly name: string
  isPaused = false
  readonly counts: Record<JobState, number> = { scheduled: 0, ready: 0, running: 0, done: 0, error: 0, cancelled: 0 }
  readonly pace: Pace = new Pace()
  /** By epoch, so oldest first. */
  readonly leases: Map<number, HeldLease> = new Map()
  /** Who holds each key. */
  readonly keys: Map<string, Job> = new Map()
  readonly scheduled: Heap<Job> = new Heap(byDue)
  readonly ready: Heap<Job> = new Heap(byTurn)
  /** Ready too, but in a line of their own, so that a take that wants none need not look past them. */
  readonly suspects: Heap<Job> = new Heap(byTurn)
  readonly done: Heap<Job> = new Heap(byEnd)
  /** In error or cancelled. */
  readonly failed: Heap<Job> = new Heap(byEnd)

  constructor(name: string) {
    this.name = name
  }

  /** Lets a new job in. */
  add(job: Job): void {
    if (job.key !== null) this.keys.set(job.key, job)
    this.counts[job.state] += 1
    this.#lineOf(job)?.push(job)
  }

  /** Moves a job, which the caller has taken out of its line, to another state. */
  move(job: Job, state: JobState, nowMs: number): void {
    if (!TRANSITIONS[job.state].includes(state))
      throw new Error(`job ${job.id} cannot go from ${job.state} to ${state}`)
    this.counts[job.state] -= 1
    this.counts[state] += 1
    job.state = state
    job.endedMs = hasEnded(state) ? nowMs : null
    if (hasEnded(state) && !job.isKeyKept) this.#freeKey(job)
    this.#lineOf(job)?.push(job)
  }

  /** Takes a job out of the line where it waits or is kept. */
  takeOut(job: Job): void {
    this.#lineOf(job)?.remove(job)
  }

  /** Forgets a job that is in no line: it was taken out, or it runs. */
  drop(job: Job): void {
    this.counts[job.state] -= 1
    this.#freeKey(job)
  }

  /** Makes a job hold its key again; false when another job holds it now. */
  claimKey(job: Job): boolean {
    if (job.key === null) return true
    const holder = this.keys.get(job.key) ?? job
    if (holder === job) this.keys.set(job.key, job)
    return holder === job
  }

  /** Parts a job from the lease that holds it. A lease without jobs is over. */
  letGo(job: Job, lease: HeldLease): void {
    job.lease = null
    lease.jobs.delete(job)
    if (lease.jobs.size === 0) this.leases.delete(lease.epoch)
  }

  /** The running jobs of some leases, oldest lease first. */
  held(isWanted: (lease: HeldLease) => boolean): Held[] {
    const leases = [...this.leases.values()].filter(isWanted)
    return leases.flatMap((lease) => [...lease.jobs].map((job) => ({ queue: this, lease, job })))
  }

  /** Whether a lease has ended whose jobs have not been returned yet. */
  hasEndedLease(nowMs: number): boolean {
    return [...this.leases.values()].some((lease) => lease.untilMs <= nowMs)
  }

  hasDue(nowMs: number): boolean {
    const first = this.scheduled.first()
    return first !== undefined && first.dueMs <= nowMs
  }

  /** Takes the next ready job out of its line. */
  next(suspectsMax: number): Job | undefined {
    const plain = this.ready.first()
    const suspect = suspectsMax > 0 ? this.suspects.first() : undefined
    const isSuspectFirst = suspect !== undefined && (plain === undefined || byTurn(suspect, plain) < 0)
    return (isSuspectFirst ? this.suspects : this.ready).pop()
  }

  #freeKey(job: Job): void {
    if (job.key !== null && this.keys.get(job.key) === job) this.keys.delete(job.key)
  }

  #lineOf(job: Job): Heap<Job> | undefined {
    switch (job.state) {
      case 'scheduled':
        return this.scheduled
      case 'ready':
        return isSuspect(job) ? this.suspects : this.ready
      case 'running':
        return undefined
      case 'done':
        return this.done
      case 'error':
      case 'cancelled':
        return this.failed
    }
  }
}
