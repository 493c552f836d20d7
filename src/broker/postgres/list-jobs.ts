import { hasEnded, JOB_STATES, type JobState } from '../../core/job-state.js'
import type { JobQuery, JobView } from '../control.js'
import type { JobId } from '../job-store.js'
import { pageOfQueue } from '../page-of-queue.js'
import { arrayText } from './changes.js'
import { type Link, LONG_CALL_MS_MAX } from './link.js'
import type { Sql } from './sql.js'
import { STATE_INDEX } from './states.js'
import { numberOf } from './steps.js'
import { type JobRow, jobView } from './views.js'

type Counts = Readonly<Record<'scheduled' | 'ready' | 'running' | 'done' | 'unwell', number>>

/** A page of jobs by id: of all, of one queue, or those that are named. `queueId` is null for all queues. */
export async function listJobs(
  link: Link,
  sql: Sql,
  { queueId, ids, states = JOB_STATES, after = '0', countMax }: Omit<JobQuery, 'queue'> & { queueId: number | null },
): Promise<readonly JobView[]> {
  const indexes = arrayText(states.map((state) => STATE_INDEX[state]))
  const kinds = [states.some((state) => !hasEnded(state)), states.some(hasEnded)]
  const first = Number(after) || 0
  const walk = async (from: number, until: number | null): Promise<readonly JobView[]> => {
    const values = [from, queueId, indexes, countMax, ...kinds, until]
    return (await link.rows<JobRow>(sql.jobs, values, LONG_CALL_MS_MAX)).map(jobView)
  }
  const named = async (wanted: readonly JobId[]): Promise<readonly JobView[]> => {
    const numbers = wanted.map(numberOf).filter((id) => id > first)
    const values = [arrayText(numbers), queueId, indexes, countMax]
    return (await link.rows<JobRow>(sql.jobsById, values, LONG_CALL_MS_MAX)).map(jobView)
  }
  if (ids !== undefined) return named(ids)
  if (queueId === null) return walk(first, null)
  return pageOfQueue(
    { after: String(first), countMax },
    {
      size: async () => sizeOf((await link.rows<Counts>(sql.counts, [queueId]))[0], states),
      walk: (page) => walk(page.after, page.until),
      idsAfter: async (from, count) => {
        const values = [queueId, from, indexes, count]
        return (await link.answer<readonly number[]>(sql.idsOfQueue, values, LONG_CALL_MS_MAX)).map(String)
      },
      named,
    },
  )
}

function sizeOf(counts: Counts | undefined, states: readonly JobState[]): number {
  const kinds = new Set(states.map((state) => (state === 'error' || state === 'cancelled' ? 'unwell' : state)))
  return [...kinds].reduce((sum, kind) => sum + (counts?.[kind] ?? 0), 0)
}
