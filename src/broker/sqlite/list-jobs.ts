import { JOB_STATES, type JobState } from '../../core/job-state.js'
import type { JobQuery, JobView } from '../control.js'
import type { JobId } from '../job-store.js'
import { pageOfQueue } from '../page-of-queue.js'
import type { Sql } from './sql.js'
import { STATE_INDEX } from './states.js'
import { type JobRow, jobView, rowId } from './views.js'
import type { Writer } from './writer.js'

/** What the statements of a list are asked for. */
interface Bounds {
  readonly after: number
  readonly queue_id: number | null
  readonly states: string
  readonly count_max: number
}

/** A page of jobs by id: of all, of one queue, or those that are named. */
export async function listJobs(
  writer: Writer,
  sql: Sql,
  { queue, ids, states = JOB_STATES, after = '0', countMax }: JobQuery,
): Promise<readonly JobView[]> {
  const queueId = queue === undefined ? null : await writer.read(() => sql.queueId(queue))
  if (queueId === undefined) return []
  const bounds: Bounds = {
    after: Number(after),
    queue_id: queueId,
    states: JSON.stringify(states.map((state) => STATE_INDEX[state])),
    count_max: countMax,
  }
  const walk = (until: number, from: Bounds): Promise<readonly JobView[]> =>
    writer.read(() => (sql.jobs.all({ ...from, until }) as JobRow[]).map(jobView))
  const named = (wanted: readonly JobId[]): Promise<readonly JobView[]> =>
    writer.read(() =>
      (sql.jobsById.all({ ...bounds, ids: JSON.stringify(wanted.map(rowId)) }) as JobRow[]).map(jobView),
    )
  if (ids !== undefined) return named(ids)
  if (queueId === null) return walk(Number.MAX_SAFE_INTEGER, bounds)
  return pageOfQueue(
    { after, countMax },
    {
      size: () => writer.read(() => sizeOf(sql, queueId, states)),
      walk: (page) => walk(page.until, { ...bounds, after: page.after, count_max: page.countMax }),
      idsAfter: (from, count) =>
        writer.read(() => idsOfQueue(sql, { ...bounds, after: from, count_max: count }, states)),
      named,
    },
  )
}

function sizeOf(sql: Sql, queueId: number, states: readonly JobState[]): number {
  const counts = sql.queueCounts.get(queueId) as Readonly<Record<JobState, number>> | undefined
  return counts === undefined ? 0 : states.reduce((sum, state) => sum + counts[state], 0)
}

function idsOfQueue(sql: Sql, bounds: Bounds, states: readonly JobState[]): readonly JobId[] {
  const has = (state: JobState) => (states.includes(state) ? 1 : 0)
  const flags = { is_scheduled: has('scheduled'), is_ready: has('ready'), is_running: has('running') }
  return (sql.idsOfQueue.pluck().all({ ...bounds, ...flags }) as number[]).map(String)
}
