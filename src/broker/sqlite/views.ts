import { JOB_STATES, type JobState } from '../../core/job-state.js'
import { ATTEMPTS_KEPT_MAX } from '../../core/limits.js'
import type { AttemptView, JobLife, JobView, LeaseView } from '../control.js'
import type { JobId } from '../job-store.js'
import { EXPEDITED_RANK } from './states.js'

/** A row of the statements `jobs` and `job`. */
export interface JobRow {
  readonly id: number
  readonly queue: string
  readonly state: number
  readonly payload: string
  readonly priority: number
  readonly rank: number
  readonly key: string | null
  readonly failures: number
  readonly crashes: number
  readonly attempts_max: number | null
  readonly sent_ms: number
  readonly due_ms: number
  readonly epoch: number
  readonly node: string | null
  readonly started_ms: number | null
  readonly settled_ms: number | null
  readonly exit_code: number | null
  readonly error: string | null
  readonly result: string | null
  readonly lease_node: string | null
  readonly taken_ms: number | null
}

/** The row that an id names; null when it is none of ours, which no row fits. */
export const rowId = (id: JobId): number | null => (String(Number(id)) === id ? Number(id) : null)

interface AttemptRow {
  readonly epoch: number
  readonly node: string
  readonly started_ms: number
  readonly ended_ms: number
  readonly ended: AttemptView['ended']
  readonly exit_code: number | null
  readonly signal: string | null
  readonly error: string | null
  readonly output: string | null
}

const stateOf = (index: number): JobState => JOB_STATES[index] ?? 'error'

/** A row as people see it. */
export function jobView(row: JobRow): JobView {
  const state = stateOf(row.state)
  const isRunning = state === 'running'
  return {
    id: String(row.id),
    queue: row.queue,
    state,
    payload: row.payload,
    priority: row.priority,
    isExpedited: row.rank === EXPEDITED_RANK,
    key: row.key,
    attempts: row.failures + row.crashes + (isRunning || state === 'done' ? 1 : 0),
    failures: row.failures,
    crashes: row.crashes,
    attemptsMax: row.attempts_max,
    sentMs: row.sent_ms,
    dueMs: row.due_ms,
    node: isRunning ? row.lease_node : row.node,
    startedMs: isRunning ? row.taken_ms : row.started_ms,
    settledMs: isRunning ? null : row.settled_ms,
    exitCode: isRunning ? null : row.exit_code,
    error: row.error,
    result: row.result,
  }
}

/** An attempt's row as people see it. */
export function attemptView(row: AttemptRow): AttemptView {
  return {
    node: row.node,
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    ended: row.ended,
    exitCode: row.exit_code,
    signal: row.signal,
    error: row.error,
    output: row.output,
  }
}

/** Adds to the kept attempts the one that the job's own row tells: it runs, or it ended well. */
export function lifeOf(row: JobRow, kept: readonly AttemptView[], lease: LeaseView | null): JobLife {
  const view = jobView(row)
  const own = view.state === 'running' || view.state === 'done' ? [ownAttempt(view, view.state)] : []
  return { ...view, history: [...kept, ...own].slice(-ATTEMPTS_KEPT_MAX), lease }
}

function ownAttempt(view: JobView, ended: 'running' | 'done'): AttemptView {
  return {
    node: view.node ?? '',
    startedMs: view.startedMs ?? view.sentMs,
    endedMs: ended === 'running' ? null : view.settledMs,
    ended,
    exitCode: ended === 'running' ? null : view.exitCode,
    signal: null,
    error: null,
    output: null,
  }
}
