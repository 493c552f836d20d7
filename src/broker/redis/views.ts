import type { JobState } from '../../core/job-state.js'
import { ATTEMPTS_KEPT_MAX } from '../../core/limits.js'
import type { AttemptView, JobLife, JobView, LeaseView } from '../control.js'
import { headOf, payloadOf, readAttempt, readChanges } from './texts.js'

/** A job as the scripts show it: part-view. The last three are those of the lease that holds it. */
export type ShownJob = readonly [
  id: string,
  state: JobState,
  record: string,
  life: string,
  epoch?: string,
  taken?: string,
  node?: string,
]

/** A job as people see it. */
export function jobView([id, state, recordText, lifeText, , taken, node]: ShownJob): JobView {
  const record = headOf(recordText)
  const life = readChanges(lifeText)
  const isRunning = state === 'running'
  return {
    id,
    queue: record.queue,
    state,
    payload: payloadOf(recordText),
    priority: record.priority,
    isExpedited: record.isExpedited,
    key: record.key,
    attempts: life.failures + life.crashes + (isRunning || state === 'done' ? 1 : 0),
    failures: life.failures,
    crashes: life.crashes,
    attemptsMax: record.attemptsMax,
    sentMs: record.sentMs,
    dueMs: life.dueMs ?? record.sentMs + record.delayMs,
    node: isRunning ? (node ?? null) : life.node,
    startedMs: isRunning ? Number(taken) : life.startedMs,
    settledMs: isRunning ? null : life.settledMs,
    exitCode: isRunning ? null : life.exitCode,
    error: life.error,
    result: life.result,
  }
}

/** Adds to the kept attempts the one that the job itself tells: it runs, or it ended well. */
export function lifeOf(shown: ShownJob, attempts: readonly string[], lease: LeaseView | null): JobLife {
  const view = jobView(shown)
  const kept = attempts.map(readAttempt)
  const own = view.state === 'running' || view.state === 'done' ? [ownAttempt(view, view.state)] : []
  return { ...view, history: [...kept, ...own].slice(-ATTEMPTS_KEPT_MAX), lease }
}

const ownAttempt = (view: JobView, ended: 'running' | 'done'): AttemptView => ({
  node: view.node ?? '',
  startedMs: view.startedMs ?? view.sentMs,
  endedMs: view.settledMs,
  ended,
  exitCode: view.exitCode,
  signal: null,
  error: null,
  output: null,
})
