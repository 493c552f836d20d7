import type { JobState } from '../../core/job-state.js'
import { CRASHES_MAX } from '../../core/limits.js'
import type { AttemptView } from '../control.js'
import type { NewJob, Outcome, ReturnedJob, SentJob, Settle } from '../job-store.js'
import { SET_ASIDE_ERROR } from '../set-aside.js'
import { stateAfter } from '../state-after.js'
import { type HeldLease, type Job, makeJob, remember } from './job.js'
import type { Held, Queue } from './queue.js'
import type { MemoryStore } from './store.js'

/** Lets a new job in, or answers the one that holds its key. */
export function send(store: MemoryStore, newJob: NewJob, nowMs: number): SentJob {
  const queue = store.queueFor(newJob.queue)
  const holder = newJob.key === undefined ? undefined : queue.keys.get(newJob.key)
  if (holder) return { id: holder.id, isNew: false }
  const job = makeJob(store.nextNumber(), newJob, nowMs)
  store.jobs.set(job.id, job)
  queue.add(job)
  return { id: job.id, isNew: true }
}

/** The job that a settle ends; undefined when the settle comes too late: after another holder, or by time (law 2). */
export function heldFor(store: MemoryStore, settle: Settle, nowMs: number): Held | undefined {
  const queue = store.queues.get(settle.lease.queue)
  const lease = queue?.leases.get(settle.lease.epoch)
  const job = store.jobs.get(settle.job)
  if (!queue || !lease || !job) return undefined
  return lease.jobs.has(job) && nowMs < lease.untilMs ? { queue, lease, job } : undefined
}

/** Ends the attempt of a job that the caller holds. */
export function end(store: MemoryStore, { queue, lease, job }: Held, settle: Settle, nowMs: number): void {
  const { outcome, report } = settle
  queue.letGo(job, lease)
  if (settle.forget && outcome.kind === 'done') {
    queue.pace.add(nowMs)
    queue.drop(job)
    store.jobs.delete(job.id)
    return
  }
  // A job given back before it began leaves no trace.
  if (outcome.kind !== 'release' || report) remember(job, attemptOf(lease, settle, nowMs))
  queue.move(job, accept(job, outcome, nowMs), nowMs)
  if (job.state === 'done' || job.state === 'error') queue.pace.add(nowMs)
}

/** Writes down on a job what an outcome says, and answers the state that the job goes to. */
function accept(job: Job, outcome: Outcome, nowMs: number): JobState {
  if (outcome.kind === 'retry' || outcome.kind === 'error') job.failures += 1
  if (outcome.kind === 'retry' || outcome.kind === 'snooze') job.dueMs = nowMs + outcome.inMs
  if (outcome.kind === 'done') job.result = outcome.result ?? null
  if (outcome.kind === 'done') job.error = null
  if (outcome.kind === 'error') job.error = outcome.error
  if (outcome.kind === 'cancel') job.error = outcome.reason
  return stateAfter(outcome)
}

function attemptOf(lease: HeldLease, { outcome, report }: Settle, nowMs: number): AttemptView {
  return {
    node: lease.node,
    startedMs: report ? nowMs - report.ranMs : lease.takenMs,
    endedMs: nowMs,
    ended: outcome.kind,
    exitCode: report?.exitCode ?? null,
    signal: report?.signal ?? null,
    error: outcome.kind === 'cancel' ? outcome.reason : 'error' in outcome ? outcome.error : null,
    output: outcome.kind === 'done' ? null : (report?.output ?? null),
  }
}

/** Returns a job whose lease has ended, with a crash counted; after too many it is set aside (law 7). */
function crash({ queue, lease, job }: Held, nowMs: number): ReturnedJob {
  queue.letGo(job, lease)
  remember(job, { ...runningAttempt(lease), endedMs: lease.untilMs, ended: 'crash' })
  job.crashes += 1
  const state = job.crashes < CRASHES_MAX ? 'ready' : 'error'
  if (state === 'error') {
    job.error = SET_ASIDE_ERROR
    queue.pace.add(nowMs)
  }
  queue.move(job, state, lease.untilMs)
  return { id: job.id, node: lease.node, crashes: job.crashes, state }
}

/** The attempt that goes on under a lease. */
export const runningAttempt = (lease: HeldLease): AttemptView => ({
  node: lease.node,
  startedMs: lease.takenMs,
  endedMs: null,
  ended: 'running',
  exitCode: null,
  signal: null,
  error: null,
  output: null,
})

/** Returns the jobs of ended leases, at most `countMax` of them. */
export function returnEnded(queue: Queue, nowMs: number, countMax: number): ReturnedJob[] {
  const isEnded = (lease: HeldLease): boolean => lease.untilMs <= nowMs
  return queue
    .held(isEnded)
    .slice(0, countMax)
    .map((held) => crash(held, nowMs))
}

/** Makes jobs ready that have fallen due, at most `countMax` of them, and counts them. */
export function makeDueReady(queue: Queue, nowMs: number, countMax: number): number {
  let count = 0
  while (count < countMax && queue.hasDue(nowMs)) {
    const job = queue.scheduled.pop()
    if (job) queue.move(job, 'ready', nowMs)
    count += 1
  }
  return count
}
