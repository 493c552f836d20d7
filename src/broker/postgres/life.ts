import { CRASHES_MAX } from '../../core/limits.js'
import type { ReturnedJob, Settle } from '../job-store.js'
import { SET_ASIDE_ERROR } from '../set-aside.js'
import { stateAfter } from '../state-after.js'
import type { Changes, HeldJob } from './changes.js'
import { EXPEDITED_RANK, LANES, STATE_INDEX, SUSPECT_LANES } from './states.js'
import { toStored, toStoredOrNull } from './text.js'

/** A job that runs, and the lease that it runs under. */
export interface Held {
  readonly queue: string
  readonly job: HeldJob
  readonly epoch: number
  readonly node: string
  readonly takenMs: number
}

/** Ends the attempt of a job that the caller holds. */
export function finish(changes: Changes, held: Held, settle: Settle, nowMs: number): void {
  const { queue, job } = held
  const { outcome, report } = settle
  const state = stateAfter(outcome)
  const isForgotten = settle.forget === true && outcome.kind === 'done'
  changes.move(queue, 'running', isForgotten ? null : state)
  if (state === 'done' || state === 'error') changes.ended(queue)
  if (isForgotten) {
    changes.forget(job)
    return
  }
  // The worker's clock tells how long, the store's clock tells when.
  const startedMs = report ? Math.round(nowMs - report.ranMs) : held.takenMs
  const exitCode = report?.exitCode ?? null
  const error =
    outcome.kind === 'cancel' ? toStored(outcome.reason) : 'error' in outcome ? toStored(outcome.error) : null
  // An attempt that went well is told by the job's own row, and a job given back before it began leaves no trace.
  const isTraced = outcome.kind !== 'done' && (outcome.kind !== 'release' || report !== undefined)
  if (isTraced) {
    const times = { started_ms: startedMs, ended_ms: nowMs, exit_code: exitCode, node: held.node }
    const texts = { signal: toStoredOrNull(report?.signal), error, output: toStoredOrNull(report?.output) }
    changes.attempt({ job_id: job.id, epoch: held.epoch, ended: outcome.kind, ...times, ...texts }, job.traces)
  }
  const counted = {
    failures: job.failures + (outcome.kind === 'retry' || outcome.kind === 'error' ? 1 : 0),
    crashes: job.crashes,
    traces: job.traces + (isTraced ? 1 : 0),
  }
  if (state === 'ready' || state === 'scheduled') {
    const dueMs = outcome.kind === 'retry' || outcome.kind === 'snooze' ? nowMs + outcome.inMs : job.due_ms
    goBack(changes, held, { ...counted, dueMs, state })
    return
  }
  changes.end(job, {
    id: job.id,
    epoch: held.epoch,
    state: STATE_INDEX[state],
    ...counted,
    node: held.node,
    started_ms: startedMs,
    settled_ms: nowMs,
    exit_code: exitCode,
    error,
    result: outcome.kind === 'done' ? toStoredOrNull(outcome.result) : null,
  })
}

/** Returns a job whose lease has ended at `untilMs`, with a crash counted; after too many it is set aside (law 7). */
export function crash(changes: Changes, held: Held, untilMs: number): ReturnedJob {
  const { queue, job } = held
  const crashes = job.crashes + 1
  const state = crashes < CRASHES_MAX ? 'ready' : 'error'
  changes.move(queue, 'running', state)
  leaveTrace(changes, held, 'crash', untilMs)
  const counted = { failures: job.failures, crashes, traces: job.traces + 1 }
  if (state === 'ready') {
    goBack(changes, held, { ...counted, dueMs: job.due_ms, state })
  } else {
    changes.ended(queue)
    // It ended when its lease did, however late that was noticed: that may be before the front of history.
    changes.lower(job.queue_id, LANES.unwell, untilMs)
    const times = { started_ms: held.takenMs, settled_ms: untilMs, exit_code: null }
    const rest = { node: held.node, error: SET_ASIDE_ERROR, result: null }
    changes.end(job, { id: job.id, epoch: held.epoch, state: STATE_INDEX.error, ...counted, ...times, ...rest })
  }
  return { id: String(job.id), node: held.node, crashes, state }
}

/** Takes a running job back: its failures and crashes are forgotten, and its holder's outcome is refused from now on. */
export function takeBack(changes: Changes, held: Held, nowMs: number): void {
  const { queue, job } = held
  changes.move(queue, 'running', 'ready')
  leaveTrace(changes, held, 'reset', nowMs)
  goBack(changes, held, { failures: 0, crashes: 0, traces: job.traces + 1, dueMs: job.due_ms, state: 'ready' })
}

function leaveTrace(changes: Changes, { job, epoch, node, takenMs }: Held, ended: string, endedMs: number): void {
  const times = { started_ms: takenMs, ended_ms: endedMs, exit_code: null }
  changes.attempt({ job_id: job.id, epoch, ...times, node, ended, signal: null, error: null, output: null }, job.traces)
}

/** How a job goes back. */
export interface Back {
  readonly failures: number
  readonly crashes: number
  readonly traces: number
  readonly dueMs: number
  readonly state: 'ready' | 'scheduled'
}

/** Puts a job back to a line; leases up to `epoch` hold it no longer. */
export function goBack(
  changes: Changes,
  { job, epoch }: Pick<Held, 'job' | 'epoch'>,
  { dueMs, state, ...counted }: Back,
): void {
  const isSuspect = counted.crashes === CRASHES_MAX - 1
  const readyLane = isSuspect ? SUSPECT_LANES + job.rank : job.rank
  const lane = state === 'scheduled' ? LANES.scheduled : readyLane
  const place = state === 'ready' && job.rank === EXPEDITED_RANK ? -job.id : dueMs
  changes.requeue({ id: job.id, fence: epoch, due_ms: dueMs, ...counted, queue_id: job.queue_id, lane, place })
  if (dueMs === job.due_ms && lane === job.rank) changes.lower(job.queue_id, lane, place)
}
