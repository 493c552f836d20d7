import assert from 'node:assert/strict'
import type { Broker } from '#hob/broker/broker.js'
import type { JobLife, QueueSummary } from '#hob/broker/control.js'
import type {
  AttemptReport,
  JobId,
  NewJob,
  Outcome,
  Retention,
  Settle,
  StepResult,
  Swept,
  Take,
  TakenJob,
} from '#hob/broker/job-store.js'
import type { JobState } from '#hob/core/job-state.js'
import type { Scratch } from './engine.js'

/** The lease that `take` asks for unless told otherwise. */
export const LEASE_MS = 10_000

export const KEEP_ALL: Retention = { doneMax: Number.POSITIVE_INFINITY, errorMax: Number.POSITIVE_INFINITY }

/** A job for queue `q`. Its payload names it in assertions. */
export const newJob = (name: string, more: Partial<NewJob> = {}): NewJob => ({
  queue: 'q',
  payload: JSON.stringify(name),
  ...more,
})

/** Sends jobs in one step, each a name or a whole job, and answers their ids. */
export async function send(broker: Broker, ...jobs: readonly (string | NewJob)[]): Promise<JobId[]> {
  const result = await commitOne(broker, { send: jobs.map((job) => (typeof job === 'string' ? newJob(job) : job)) })
  return result.sent.map(({ id }) => id)
}

export async function sendOne(broker: Broker, job: string | NewJob): Promise<JobId> {
  return only(await send(broker, job))
}

export async function commitOne(broker: Broker, step: Parameters<Broker['commit']>[0][number]): Promise<StepResult> {
  return only(await broker.commit([step]))
}

/** Takes from queue `q` as node `a`, all there is, unless told otherwise. */
export async function take(broker: Broker, more: Partial<Take> = {}): Promise<readonly TakenJob[]> {
  return broker.take({ queue: 'q', node: 'a', countMax: 10_000, leaseMs: LEASE_MS, ...more })
}

/** Takes one job, and fails when there is none. */
export async function takeOne(broker: Broker, more: Partial<Take> = {}): Promise<TakenJob> {
  return only(await take(broker, { countMax: 1, ...more }))
}

/** The names of the jobs that a take would find, in order. They stay taken. */
export async function takeNames(broker: Broker, more: Partial<Take> = {}): Promise<string[]> {
  return (await take(broker, more)).map(nameOf)
}

export const nameOf = (job: { readonly payload: string }): string => JSON.parse(job.payload) as string

export const settleOf = (job: TakenJob, outcome: Outcome, report?: AttemptReport): Settle => ({
  job: job.id,
  lease: job.lease,
  outcome,
  ...(report && { report }),
})

/** Ends one job and answers what became of that. */
export async function settle(
  broker: Broker,
  job: TakenJob,
  outcome: Outcome,
  report?: AttemptReport,
): Promise<StepResult['kind']> {
  return (await commitOne(broker, { settle: settleOf(job, outcome, report) })).kind
}

export const done = (broker: Broker, job: TakenJob): Promise<StepResult['kind']> =>
  settle(broker, job, { kind: 'done' })

/** Takes one job of queue `q` and lets its lease end without an outcome; a sweep returns it. */
export async function crash({ broker, pass }: Pick<Scratch, 'broker' | 'pass'>): Promise<void> {
  await takeOne(broker)
  await pass(LEASE_MS)
  await sweep(broker)
}

/** Sweeps queue `q`, keeping all history unless told otherwise. */
export const sweep = (broker: Broker, keep: Partial<Retention> = {}, countMax = 10_000): Promise<Swept> =>
  broker.sweep({ queue: 'q', keep: { ...KEEP_ALL, ...keep }, countMax })

export async function lifeOf(broker: Broker, id: JobId): Promise<JobLife> {
  const life = await broker.job(id)
  assert.ok(life, `there is no job ${id}`)
  return life
}

export const stateOf = async (broker: Broker, id: JobId): Promise<JobState> => (await lifeOf(broker, id)).state

/** The names of the jobs of queue `q`, oldest first. */
export async function namesOf(broker: Broker): Promise<string[]> {
  return (await broker.jobs({ queue: 'q', countMax: 10_000 })).map(nameOf)
}

export async function summaryOf(broker: Broker, queue = 'q'): Promise<QueueSummary> {
  return only((await broker.queues()).filter((summary) => summary.queue === queue))
}

export const NO_COUNTS: Readonly<Record<JobState, number>> = {
  scheduled: 0,
  ready: 0,
  running: 0,
  done: 0,
  error: 0,
  cancelled: 0,
}

/** Holds the counters of every queue against a count of its jobs (law 9). */
export async function assertCounted(broker: Broker): Promise<void> {
  for (const { queue, counts } of await broker.queues()) {
    const scanned = { ...NO_COUNTS }
    for (const { state } of await broker.jobs({ queue, countMax: 10_000 })) scanned[state] += 1
    assert.deepEqual({ ...counts }, scanned, `the counters of ${queue}`)
  }
}

/** The one item of a list, which must have exactly one. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items
  assert.ok(item !== undefined && items.length === 1, `one item was expected, not ${items.length}`)
  return item
}

/** An item that must be there. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  assert.ok(item !== undefined, `no item at ${index} of ${items.length}`)
  return item
}
