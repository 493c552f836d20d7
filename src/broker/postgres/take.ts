import { CRASHES_MAX } from '../../core/limits.js'
import type { Take, TakenJob } from '../job-store.js'
import type { Value } from './asker.js'
import { fromStored } from './text.js'

/** What the statement `take` tells: the jobs, or that something is due that has to be seen to before. */
export interface TakeAnswer {
  readonly jobs: readonly TakenJob[]
  readonly isDue: boolean
  readonly isBehind: boolean
}

type TakenRow = [
  id: number | null,
  failures: number,
  crashes: number,
  attemptsMax: number | null,
  sentMs: number,
  payload: string | null,
]

/** The values of the statement `take`. With `mayWait`, it takes although something is due. */
export const takeValues = (take: Take, queueId: number, mayWait: boolean): readonly Value[] => [
  queueId,
  take.countMax,
  take.suspectsMax ?? 1,
  take.node,
  take.leaseMs,
  mayWait,
]

/** Reads its rows: the first tells of the take itself, in the places of other things. */
export function readTaken({ queue }: Take, [head, ...rows]: readonly unknown[][]): TakeAnswer {
  const [epoch, isDue, isBehind, , , order] = (head ?? []) as TakenRow
  const lease = { queue, epoch: epoch ?? 0 }
  const jobs = (rows as TakenRow[]).map(([id, failures, crashes, attemptsMax, sentMs, payload]) => ({
    id: String(id),
    lease,
    payload: fromStored(payload ?? ''),
    attempt: failures + crashes + 1,
    failures,
    attemptsMax,
    isSuspect: crashes === CRASHES_MAX - 1,
    sentMs,
  }))
  return { jobs: inOrder(jobs, order?.split(' ') ?? []), isDue: isDue === 1, isBehind: isBehind === 1 }
}

/** Jobs mostly come by their ids, and that mostly is their turn. */
function inOrder(jobs: readonly TakenJob[], ids: readonly string[]): readonly TakenJob[] {
  if (jobs.every(({ id }, at) => id === ids[at])) return jobs
  const byId = new Map(jobs.map((job) => [job.id, job]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}
