import type { NewJob, SentJob, Step, StepResult, Take, TakenJob } from '../job-store.js'
import { Batch, isAlike } from './batch.js'
import { applySteps } from './commit.js'
import { makeDue, returnEnded } from './due.js'
import { isLost, isOvertaken, isRefusedByMust, isTransient, kitchenError } from './errors.js'
import type { Holdings } from './holdings.js'
import type { Link } from './link.js'
import type { Pool } from './pool.js'
import type { Queues } from './queues.js'
import type { Sql } from './sql.js'
import { EXPEDITED_RANK } from './states.js'
import { readTaken, type TakeAnswer, takeValues } from './take.js'

/** Tries of a transaction that others came in the way of. */
const TRIES_MAX = 20

/** Most scheduled jobs that one take makes ready, so that a million falling due at once do not block one call. */
const DUE_COUNT_MAX = 10_000

/** A call with more kinds of jobs than this goes the long way, which takes all kinds in one statement. */
const KINDS_MAX = 8

/**
 * Of so many jobs the ends leave apart from a take of the same turn, so that the take need not wait for them: with 1,500 of each
 * that took half of the time, in which a worker of very short jobs had nothing to do.
 */
const APART_MIN = 500

const DONE: StepResult = { kind: 'done', sent: [] }

interface Waiting<Result> {
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

interface CommitCall extends Waiting<readonly StepResult[]> {
  readonly kind: 'commit'
  readonly steps: readonly Step[]
}

interface TakeCall extends Waiting<readonly TakenJob[]> {
  readonly kind: 'take'
  readonly take: Take
}

type Call = CommitCall | TakeCall

/** A call within a batch, and what it comes to once the batch is durable. */
interface Joined {
  readonly call: Call
  readonly finish: (link: Link) => Promise<void> | void
}

/** What a writer works with. */
export interface WriterParts {
  readonly pool: Pool
  readonly sql: Sql
  readonly queues: Queues
  readonly holdings: Holdings
  readonly place: string
  /** Told of each take that is durable. */
  readonly onTaken: (queueId: number, count: number) => void
}

/**
 * Group commit: whatever one turn of the event loop asks for leaves as one transaction, in one go and by few statements;
 * a lone call as one statement. Several batches may be under way, each on a connection of its own; while none is free,
 * calls gather.
 */
export class Writer {
  readonly #parts: WriterParts
  #waiting: Call[] = []
  #isScheduled = false
  #underWay = 0
  #idle: (() => void)[] = []

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    return new Promise((resolve, reject) => this.#add({ kind: 'commit', steps, resolve, reject }))
  }

  take(take: Take): Promise<readonly TakenJob[]> {
    return new Promise((resolve, reject) => this.#add({ kind: 'take', take, resolve, reject }))
  }

  /** Resolves when all that was asked for has ended, one way or the other. */
  async drain(): Promise<void> {
    while (this.#isScheduled || this.#underWay > 0 || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
  }

  #add(call: Call): void {
    this.#waiting.push(call)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#leave()
    })
  }

  async #leave(): Promise<void> {
    const { pool } = this.#parts
    if (this.#waiting.length === 0 || (this.#underWay > 0 && pool.room === 0)) return
    const calls = this.#waiting
    this.#waiting = []
    const groups = pool.room > 1 ? apart(calls) : [calls]
    await Promise.all(groups.map((group) => this.#leaveWith(group)))
  }

  async #leaveWith(calls: readonly Call[]): Promise<void> {
    this.#underWay++
    try {
      await this.#parts.pool.use((link) => this.#carryOut(link, calls))
    } catch (error) {
      this.#fail(calls, error)
    } finally {
      this.#underWay--
      if (this.#waiting.length > 0) this.#schedule()
      for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  async #carryOut(link: Link, calls: readonly Call[]): Promise<void> {
    await this.#parts.queues.learn(link, namesIn(calls))
    const batch = new Batch(this.#parts.sql, this.#parts.holdings)
    const joined: Joined[] = []
    const others: CommitCall[] = []
    for (const call of calls) {
      const finish = call.kind === 'take' ? this.#joinTake(batch, call) : this.#joinCommit(batch, call)
      if (finish !== undefined) joined.push({ call, finish })
      else if (call.kind === 'commit') others.push(call)
    }
    await this.#together(link, batch, joined)
    // After what left together: a second end of the same job comes second.
    if (others.length > 0) await this.#longWay(link, others)
  }

  async #together(link: Link, batch: Batch, joined: readonly Joined[]): Promise<void> {
    const { sql } = this.#parts
    try {
      await persistently(isTransient, () => batch.carryOut(link))
      batch.end()
      if (batch.isBehind) await link.rows(sql.forgetLanes)
    } catch (error) {
      const [only, ...more] = joined
      if (only === undefined || isLost(error))
        this.#fail(
          joined.map(({ call }) => call),
          error,
        )
      else if (more.length > 0) for (const { call } of joined) await this.#carryOutAlone(link, call)
      else if (isRefusedByMust(error) && only.call.kind === 'commit') await this.#longWay(link, [only.call])
      else this.#fail([only.call], error)
      return
    }
    for (const { call, finish } of joined) {
      try {
        await finish(link)
      } catch (error) {
        this.#fail([call], error)
      }
    }
  }

  /** One of several that failed together; which of them is at fault is not known. */
  #carryOutAlone(link: Link, call: Call): Promise<void> {
    if (call.kind === 'commit') return this.#longWay(link, [call])
    return this.#carryOut(link, [call]).catch((error) => this.#fail([call], error))
  }

  async #longWay(link: Link, calls: readonly CommitCall[]): Promise<void> {
    const { sql, queues } = this.#parts
    const steps = calls.flatMap((call) => call.steps)
    try {
      const applied = await persistently(isOvertaken, () =>
        link.transaction((commit) => applySteps(link, { sql, queues }, steps, commit)),
      )
      queues.keep(applied.made)
      if (applied.isBehind) await link.rows(sql.forgetLanes)
      this.#end(steps, applied.results)
      let from = 0
      for (const call of calls) {
        call.resolve(applied.results.slice(from, from + call.steps.length))
        from += call.steps.length
      }
    } catch (error) {
      if (calls.length === 1 || isLost(error)) this.#fail(calls, error)
      else for (const call of calls) await this.#longWay(link, [call])
    }
  }

  /**
   * Jobs that this process held, and holds no longer now that they went the long way. One that was lost is still under its
   * lease, which has ended: whoever brings it back needs the lease's row.
   */
  #end(steps: readonly Step[], results: readonly StepResult[]): void {
    const { holdings } = this.#parts
    for (const [at, { settle }] of steps.entries()) {
      const kind = results[at]?.kind
      if (settle === undefined || kind === 'conflict' || kind === 'lost') continue
      if (holdings.letGo(settle.lease, settle.job)) holdings.end(settle.lease)
    }
  }

  #joinTake(batch: Batch, { take, resolve }: TakeCall): Joined['finish'] {
    const queueId = this.#parts.queues.get(take.queue)?.id
    if (queueId === undefined) return () => resolve([])
    let answer: Pick<TakeAnswer, 'jobs' | 'first'> = { jobs: [], first: 'nothing' }
    batch.take(take, queueId, (told) => {
      answer = told
    })
    return async (link) => {
      if (answer.first === 'due') await this.#seeToDue(link, take, queueId)
      const jobs = answer.first === 'nothing' ? answer.jobs : await this.#takeAll(link, take, queueId)
      const lease = jobs[0]?.lease
      if (lease !== undefined) {
        this.#parts.holdings.hold(lease, jobs)
        this.#parts.onTaken(queueId, jobs.length)
      }
      resolve(jobs)
    }
  }

  /** Makes ready what has fallen due or lost its lease by now. */
  async #seeToDue(link: Link, { queue }: Take, queueId: number): Promise<void> {
    const { sql } = this.#parts
    await persistently(isTransient, () => returnEnded(link, sql, { name: queue, id: queueId }, DUE_COUNT_MAX))
    await persistently(isTransient, () => makeDue(link, sql, queueId, DUE_COUNT_MAX))
  }

  /** As a take does, and a suspect is one of the jobs. */
  async #takeAll(link: Link, take: Take, queueId: number): Promise<readonly TakenJob[]> {
    const { takeAll } = this.#parts.sql
    const rows = await persistently(isTransient, () => link.arrays(takeAll, takeValues(take, queueId)))
    return readTaken(take, rows).jobs
  }

  /** Puts a call to the others when each of its steps is of the common kind; undefined when it has to go the long way. */
  #joinCommit(batch: Batch, { steps, resolve }: CommitCall): Joined['finish'] | undefined {
    if (!steps.every((step) => this.#isPlain(step)) || kindsOf(steps) > KINDS_MAX) return undefined
    const { queues, holdings } = this.#parts
    let areKnown = true
    for (const { settle } of steps) {
      if (settle !== undefined && !holdings.letGo(settle.lease, settle.job)) areKnown = false
    }
    if (!areKnown) return undefined
    const results = steps.map(({ settle, send }) => {
      if (settle !== undefined) batch.settle(settle, Number(settle.job), queues.get(settle.lease.queue)?.id ?? 0)
      if (send === undefined || send.length === 0) return DONE
      const sent: SentJob[] = []
      for (const [at, job] of send.entries()) {
        batch.send(job, queues.get(job.queue)?.id ?? 0, (one) => {
          sent[at] = one
        })
      }
      return { kind: 'done' as const, sent }
    })
    return () => resolve(results)
  }

  /** The good end of a job by itself, or jobs without keys to lanes that are there. */
  #isPlain({ settle, send, put }: Step): boolean {
    if (put !== undefined && put.length > 0) return false
    const { queues } = this.#parts
    if (settle !== undefined) {
      const isAlone = send === undefined || send.length === 0
      return isAlone && settle.outcome.kind === 'done' && queues.get(settle.lease.queue) !== undefined
    }
    for (const { key, queue, expedite, priority = 0 } of send ?? []) {
      const lane = expedite ? EXPEDITED_RANK : -priority
      if (key !== undefined || queues.get(queue)?.lanes.has(lane) !== true) return false
    }
    return true
  }

  #fail(calls: readonly Call[], error: unknown): void {
    for (const { reject } of calls) reject(kitchenError(error, this.#parts.place))
  }
}

/** Takes by themselves when there are very many ends of jobs, and nothing but these, which a take could not find anyway. */
function apart(calls: readonly Call[]): readonly (readonly Call[])[] {
  const takes = calls.filter(({ kind }) => kind === 'take')
  if (takes.length === 0 || takes.length === calls.length) return [calls]
  const commits = calls.filter((call): call is CommitCall => call.kind === 'commit')
  const count = commits.reduce((sum, { steps }) => sum + steps.length, 0)
  const isApart = count >= APART_MIN && commits.every(({ steps }) => steps.every(isEnd))
  return isApart ? [takes, commits] : [calls]
}

/** The good end of a job, and nothing else. */
const isEnd = ({ settle, send, put }: Step): boolean =>
  settle?.outcome.kind === 'done' && send === undefined && put === undefined

/** The queues that these calls name. A thousand jobs mostly name one. */
function namesIn(calls: readonly Call[]): ReadonlySet<string> {
  const names = new Set<string>()
  let last: string | undefined
  for (const call of calls) {
    if (call.kind === 'take') names.add(call.take.queue)
    else {
      for (const { send } of call.steps) {
        for (const { queue } of send ?? []) {
          if (queue !== last) names.add(queue)
          last = queue
        }
      }
    }
  }
  return names
}

/** How many statements the jobs of these steps would take. */
function kindsOf(steps: readonly Step[]): number {
  let count = 0
  let last: NewJob | undefined
  for (const { send } of steps) {
    for (const job of send ?? []) {
      if (last === undefined || !isAlike(last, job)) count++
      last = job
    }
  }
  return count
}

/** Tries again, after a short and uneven pause, while an error of this kind comes in the way. */
export async function persistently<T>(isPassing: (error: unknown) => boolean, run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      if (!isPassing(error) || tries === TRIES_MAX) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(5 * tries, 50)))
    }
  }
}
