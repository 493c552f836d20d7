import { CRASHES_MAX } from '../../core/limits.js'
import type { Lease, Take, TakenJob } from '../job-store.js'
import type { Value } from './asker.js'
import { ESCAPE, fromStored } from './text.js'

/** What has to be seen to before a take: what has fallen due or whose lease has ended; or only a suspect, for its place in line. */
export type First = 'nothing' | 'due' | 'suspect'

/** What a take tells: the jobs, or that something has to be seen to before. */
export interface TakeAnswer {
  readonly jobs: readonly TakenJob[]
  readonly first: First
  readonly isBehind: boolean
}

/** Fifty jobs; the first three columns tell of the take itself, and are the same in each row. */
type TakenRow = [
  epoch: number | null,
  first: First | null,
  isBehind: boolean,
  ids: string | null,
  sent: string,
  payloads: string,
  odd: string | null,
  turns: string | null,
]

/** Stands between two payloads: within one, what follows the escape is never a comma. */
const BETWEEN = `${ESCAPE},`

/** The values of the statements `take` and `take-all`. */
export const takeValues = ({ countMax, suspectsMax = 1, node, leaseMs }: Take, queueId: number): readonly Value[] => [
  queueId,
  countMax,
  suspectsMax,
  node,
  leaseMs,
]

/** Reads their rows. */
export function readTaken({ queue }: Take, rows: readonly unknown[][]): TakeAnswer {
  const parts = rows as readonly TakenRow[]
  const [epoch, first, isBehind] = parts[0] ?? []
  const lease = { queue, epoch: epoch ?? 0 }
  const jobs = parts.flatMap((part) => jobsOf(part, lease))
  return { jobs, first: first ?? 'nothing', isBehind: isBehind === true }
}

function jobsOf([, , , ids, sent, payloads, odd, turns]: TakenRow, lease: Lease): readonly TakenJob[] {
  if (ids === null) return []
  const sentMs = sent.split(' ')
  const texts = payloads.split(BETWEEN)
  const jobs = ids.split(' ').map((id, at) => ({
    id,
    lease,
    payload: fromStored(texts[at] ?? ''),
    attempt: 1,
    failures: 0,
    attemptsMax: null,
    isSuspect: false,
    sentMs: Number(sentMs[at]),
  }))
  return inTurn(odd === null ? jobs : asTold(jobs, odd), turns)
}

/** Those that ran before, or came with a number of attempts of their own. */
function asTold(jobs: readonly TakenJob[], odd: string): readonly TakenJob[] {
  const told = new Map(odd.split(',').map((text) => [text.slice(0, text.indexOf(' ')), text.split(' ').map(Number)]))
  return jobs.map((job) => {
    const [, failures = 0, crashes = 0, attemptsMax = null] = told.get(job.id) ?? []
    return { ...job, attempt: failures + crashes + 1, failures, attemptsMax, isSuspect: crashes === CRASHES_MAX - 1 }
  })
}

/** Jobs mostly come by their ids, and that mostly is their turn. */
function inTurn(jobs: readonly TakenJob[], turns: string | null): readonly TakenJob[] {
  if (turns === null) return jobs
  const byId = new Map(jobs.map((job) => [job.id, job]))
  return turns.split(' ').flatMap((id) => byId.get(id) ?? [])
}
