import assert from 'node:assert/strict'
import type { JobView, QueueSummary } from '#hob/broker/control.js'
import type { Farm } from './farm.js'

/** A job that the kitchen acknowledged, as `torture-sender` wrote it down. */
export interface Acknowledged {
  readonly id: string
  readonly atMs: number
}

/** The kitchen's answer to an outcome, as `torture-worker` wrote it down. */
export interface Settled {
  readonly id: string
  readonly epoch: string
  readonly kind: string
  readonly result: string
  readonly atMs: number
  /** Who asked. */
  readonly node: string
}

/** A stretch of time, by this machine's clock, of which the kitchen may forget what it said: it says so beforehand. */
export interface LossWindow {
  readonly fromMs: number
  readonly toMs: number
}

/** What senders wrote into the file `acknowledged`; each line was on the disk before they went on. */
export async function acknowledged(farm: Farm): Promise<readonly Acknowledged[]> {
  const lines = await farm.lines('acknowledged')
  return lines.map((line) => {
    const [id = '', atMs] = line.split(' ')
    return { id, atMs: Number(atMs) }
  })
}

/** What workers wrote into the file `settled`. */
export async function settled(farm: Farm): Promise<readonly Settled[]> {
  const lines = await farm.lines('settled')
  return lines.map((line) => {
    const [id = '', epoch = '', kind = '', result = '', atMs, node = ''] = line.split(' ')
    return { id, epoch, kind, result, atMs: Number(atMs), node }
  })
}

/** Whether no queue has anything left to do. */
export async function isDrained(farm: Farm): Promise<boolean> {
  const queues = await farm.look(({ broker }) => broker.queues())
  return queues.every(({ counts }) => counts.ready + counts.scheduled + counts.running === 0)
}

/**
 * Holds a kitchen in which nothing is left to do to what it told senders and workers: no acknowledged job is lost, no
 * outcome was accepted twice, what was accepted stands, and the counters are true.
 *
 * @param windows Times whose words do not count; none unless given.
 */
export async function keptItsWord(farm: Farm, windows: readonly LossWindow[] = []): Promise<void> {
  const counts = ({ atMs }: { readonly atMs: number }) =>
    !windows.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs)
  const jobs = await farm.jobs()
  countersAreTrue(await farm.look(({ broker }) => broker.queues()), jobs)
  assert.ok(await farm.look(async ({ broker }) => (await broker.leases('q')).length === 0))
  // What is in error was lost with its worker three times, and was set aside for that; nothing else is.
  for (const { state, crashes } of jobs) assert.ok(state === 'done' || (state === 'error' && crashes === 3))
  const states = new Map(jobs.map(({ id, state }) => [id, state]))
  for (const { id } of (await acknowledged(farm)).filter(counts)) {
    assert.ok(states.has(id), `job ${id} was acknowledged and is lost`)
  }
  const accepted = (await settled(farm)).filter(({ result }) => result === 'done').filter(counts)
  acceptedOnce(accepted)
  for (const { id, kind } of accepted) {
    if (kind === 'done') assert.equal(states.get(id), 'done', `the outcome of ${id} is lost`)
  }
}

/** Counters are what a scan would count. */
function countersAreTrue(queues: readonly QueueSummary[], jobs: readonly JobView[]): void {
  for (const { queue, counts } of queues) {
    const scanned = { scheduled: 0, ready: 0, running: 0, done: 0, error: 0, cancelled: 0 }
    for (const job of jobs) if (job.queue === queue) scanned[job.state]++
    assert.deepEqual(counts, scanned)
  }
}

/** An outcome is accepted once for each take of a job, and no job is done twice. */
function acceptedOnce(accepted: readonly Settled[]): void {
  assert.deepEqual(twice(accepted.map(({ id, epoch }) => `job ${id} by lease ${epoch}`)), [])
  assert.deepEqual(twice(accepted.filter(({ kind }) => kind === 'done').map(({ id }) => `job ${id}`)), [])
}

function twice(names: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return names.filter((name) => seen.has(name) || !seen.add(name))
}
