import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from '../broker/broker.js'
import type { JobId } from '../broker/job-store.js'
import type { JobState } from '../core/job-state.js'
import { cancelJob } from '../queue/cancellations.js'
import type { JobReport } from './change-jobs.js'

/** Its worker hears of it within a second, and a handler has five to end: so much longer is too long to ask more often. */
const LOOK_MS = 200

/** How jobs that run are cancelled. */
export interface CancelRunning {
  readonly reason: string
  /** Wait at most so long until they have ended. */
  readonly waitMs: number
  /** Waits no longer. */
  readonly signal: AbortSignal
}

/**
 * Cancels jobs that run: their workers are asked, and this waits until they have ended.
 *
 * @returns What became of each, in order: `changed` when it is cancelled; `unfit` when it ended otherwise all the same; `running` when
 * it still runs, and its worker has been asked.
 */
export async function cancelRunning(
  broker: Broker,
  ids: readonly JobId[],
  { reason, waitMs, signal }: CancelRunning,
): Promise<readonly JobReport[]> {
  // Those that have ended by now are read below, as all are.
  for (const id of ids) await cancelJob(broker, id, reason)
  const untilMs = performance.now() + waitMs
  for (;;) {
    const states = await statesOf(broker, ids)
    const isOver = !ids.some((id) => states.get(id) === 'running')
    if (isOver || signal.aborted || performance.now() >= untilMs) return ids.map((id) => reportOf(id, states.get(id)))
    // Rejects when the signal aborts, which ends the wait.
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}

async function statesOf(broker: Broker, ids: readonly JobId[]): Promise<ReadonlyMap<JobId, JobState>> {
  const jobs = ids.length === 0 ? [] : await broker.jobs({ ids, countMax: ids.length })
  return new Map(jobs.map(({ id, state }) => [id, state]))
}

function reportOf(id: JobId, state: JobState | undefined): JobReport {
  if (state === undefined) return { id, result: 'missing' }
  if (state === 'cancelled') return { id, result: 'changed' }
  return state === 'running' ? { id, result: 'running' } : { id, result: 'unfit', state }
}
