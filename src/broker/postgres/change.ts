import { JOB_STATES } from '../../core/job-state.js'
import type { Change, Changed } from '../control.js'
import type { JobId } from '../job-store.js'
import type { Call } from './asker.js'
import { arrayText, Changes, type HeldJob } from './changes.js'
import { Overtaken } from './errors.js'
import { goBack } from './life.js'
import type { Link } from './link.js'
import type { Sql } from './sql.js'
import { LANES, STATE_INDEX } from './states.js'
import { numberOf } from './steps.js'
import { toStored } from './text.js'

type Unfinished = HeldJob & { readonly fence: number }

/** A job that has left its line, and what is known of its last attempt. */
interface Left {
  readonly id: number
  readonly queue: string
  readonly lane: number
  readonly node: string | null
  readonly started_ms: number | null
  readonly exit_code: number | null
}

/** A job in history. */
interface Ended {
  readonly id: number
  readonly queue_id: number
  readonly queue: string
  readonly state: number
  readonly key: string | null
}

/** Where a job stands: in history, in a lane, or in none while it runs. */
interface Stand {
  readonly id: number
  readonly has_ended: boolean
  readonly lane: number | null
}

/** What a change holds, and has read before it decides; by the ids of jobs. */
interface Found {
  readonly nowMs: number
  readonly jobs: ReadonlyMap<number, Unfinished>
  readonly left: ReadonlyMap<number, Left>
  readonly ended: ReadonlyMap<number, Ended>
  readonly stands: ReadonlyMap<number, Stand>
}

/** The states in history for which a change means something. */
const FIT: Readonly<Record<Change['kind'], readonly number[]>> = {
  retry: [STATE_INDEX.error, STATE_INDEX.cancelled],
  cancel: [],
  drop: [STATE_INDEX.done, STATE_INDEX.error, STATE_INDEX.cancelled],
}

/**
 * Changes jobs, each for itself, in one transaction: holds and reads, decides in memory, writes.
 *
 * What it holds it takes in the order of all other transactions: jobs, lines, lanes, history, keys.
 *
 * @throws Overtaken when a job moved between two looks at it: then the same again may go through.
 */
export async function changeJobs(
  link: Link,
  sql: Sql,
  ids: readonly JobId[],
  change: Change,
): Promise<readonly Changed[]> {
  const numbers = ids.map(numberOf)
  const { answers, isBehind } = await link.transaction(async (commit) => {
    const found = await find(link, sql, numbers, change)
    const changes = new Changes(found.nowMs)
    const answers = numbers.map((id) => changeOne(changes, id, found, change))
    const comers =
      change.kind === 'retry' ? numbers.filter((id, at) => found.ended.has(id) && answers[at] === 'changed') : []
    const back: Call[] = comers.length === 0 ? [] : [[sql.bringBack, [arrayText(comers), arrayText(FIT.retry)]]]
    const counted = changes.after(sql, queueIdsOf(found))
    const written = link.run([...back, ...changes.before(sql), ...changes.moves(sql), ...counted])
    commit()
    const rows = await written
    // Whether a job can come back its key decides.
    const stayed = new Set(comers)
    if (back.length > 0) for (const id of answerOf<number>(rows[0])) stayed.delete(id)
    return {
      answers: answers.map((answer, at) => (stayed.has(numbers[at] ?? 0) ? 'keyHeld' : answer)),
      isBehind: counted.length > 0 && isTrue(rows.at(-1)),
    }
  })
  if (isBehind) await link.rows(sql.forgetLanes)
  return answers
}

async function find(link: Link, sql: Sql, numbers: readonly number[], { kind }: Change): Promise<Found> {
  const ids = arrayText(numbers.filter((id) => !Number.isNaN(id)))
  // The first gives the transaction its number, before it reads the clock.
  const [, jobs, left, ended, stands, [clock] = []] = await link.run([
    [sql.beginSteps, []],
    [sql.holdJobs, [ids]],
    [sql.leaveLines, [ids, kind !== 'retry']],
    [sql.holdHistory, [ids, kind === 'retry']],
    [sql.stands, [ids]],
    [sql.now, []],
  ])
  return {
    nowMs: (clock as { readonly now_ms: number }).now_ms,
    jobs: byId(answerOf<Unfinished>(jobs)),
    left: byId(answerOf<Left>(left)),
    ended: byId(answerOf<Ended>(ended)),
    stands: byId(answerOf<Stand>(stands)),
  }
}

const isTrue = (rows: readonly object[] = []): boolean => (rows[0] as { readonly answer: string }).answer === 'true'

const answerOf = <Item>(rows: readonly object[] = []): readonly Item[] =>
  JSON.parse((rows[0] as { readonly answer: string }).answer) as readonly Item[]

const byId = <Item extends { readonly id: number }>(items: readonly Item[]): ReadonlyMap<number, Item> =>
  new Map(items.map((item) => [item.id, item]))

function queueIdsOf({ jobs, left, ended }: Found): (queue: string) => number {
  const ids = new Map([...ended.values()].map(({ queue, queue_id }) => [queue, queue_id]))
  for (const { id, queue } of left.values()) ids.set(queue, jobs.get(id)?.queue_id ?? 0)
  return (queue) => ids.get(queue) ?? 0
}

/** Changes one job, as far as that can be told before it is known who holds its key. */
function changeOne(changes: Changes, id: number, found: Found, change: Change): Changed {
  const [job, left, ended] = [found.jobs.get(id), found.left.get(id), found.ended.get(id)]
  if (job !== undefined && left !== undefined) {
    changeWaiting(changes, { job, left }, change, found.nowMs)
    return 'changed'
  }
  if (ended === undefined) return untouched(id, found, change)
  if (!FIT[change.kind].includes(ended.state)) return 'unfit'
  if (change.kind === 'drop') dropEnded(changes, ended)
  return 'changed'
}

/** Why nothing was done with a job that has not left its line, and is not held in history. */
function untouched(id: number, { jobs, stands }: Found, { kind }: Change): Changed {
  const stand = stands.get(id)
  if (stand === undefined) return 'missing'
  const isHeld = jobs.has(id) && !stand.has_ended
  if (isHeld && stand.lane === null) return 'running'
  if (isHeld && kind === 'retry' && stand.lane !== LANES.scheduled) return 'unfit'
  throw new Overtaken('a job moved while it was to be changed')
}

function changeWaiting(
  changes: Changes,
  { job, left }: { readonly job: Unfinished; readonly left: Left },
  change: Change,
  nowMs: number,
): void {
  const { queue, lane } = left
  const { failures, crashes, traces, fence } = job
  const state = lane === LANES.scheduled ? 'scheduled' : 'ready'
  switch (change.kind) {
    case 'retry':
      changes.move(queue, state, 'ready')
      goBack(changes, { job, epoch: fence }, { failures, crashes, traces, dueMs: nowMs, state: 'ready' })
      return
    case 'cancel': {
      changes.move(queue, state, 'cancelled')
      const { node, started_ms, exit_code } = left
      const last = { node, started_ms, exit_code, failures, crashes, traces }
      const end = { settled_ms: nowMs, state: STATE_INDEX.cancelled, error: toStored(change.reason), result: null }
      changes.end(job, { id: job.id, epoch: fence, ...last, ...end })
      return
    }
    case 'drop':
      changes.move(queue, state, null)
      changes.forget(job)
  }
}

function dropEnded(changes: Changes, ended: Ended): void {
  changes.move(ended.queue, JOB_STATES[ended.state] ?? null, null)
  changes.erase(ended)
}
