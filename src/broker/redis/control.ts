import { JOB_STATES } from '../../core/job-state.js'
import type {
  Change,
  Changed,
  Control,
  JobLife,
  JobQuery,
  JobView,
  KitchenView,
  LeaseView,
  QueueSummary,
  Reset,
  ResetCounts,
} from '../control.js'
import type { Diagnosis } from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import { diagnose } from './diagnose.js'
import type { Link } from './link.js'
import type { Scripts } from './scripts.js'
import type { ServerFacts } from './server.js'
import { quoted } from './texts.js'
import { jobView, lifeOf, type ShownJob } from './views.js'
import type { Writer } from './writer.js'

/** Jobs that one script of a reset or a clean touches, so that others get their turn in between. */
const PART = 1_000

/** The same of a change: to find one job of half a million in the line takes 50 µs. */
const CHANGE_PART = 250

type QueueReply = readonly [queue: string, ...counts: number[]]
type LeaseReply = readonly [epoch: string, taken: string, node: string, leftMs: number, jobs: readonly string[]]
type JobsReply = readonly [after: string, ...jobs: ShownJob[]]
type NamedReply = readonly [looks: number, ...jobs: ShownJob[]]
type JobReply = readonly [shown: ShownJob, attempts: readonly string[], leftMs?: number, jobs?: readonly string[]]
type TakenBackReply = readonly [count: number, lastEpoch: string, more: string]

/** What people do with a kitchen on Redis. */
export class RedisControl implements Control {
  readonly #writer: Writer
  readonly #scripts: Scripts
  readonly #link: Link
  readonly #server: ServerFacts

  constructor(writer: Writer, link: Link, server: ServerFacts) {
    this.#writer = writer
    this.#scripts = link.scripts
    this.#link = link
    this.#server = server
  }

  async describe(): Promise<KitchenView> {
    const [nowMs, schema] = (await this.#writer.read(this.#scripts.describe, [])) as readonly [number, string]
    const { engine, lossWindow } = this.#server
    return { engine, place: this.#link.name, lossWindow, schemaVersion: Number(schema), nowMs }
  }

  async diagnose(): Promise<Diagnosis> {
    return diagnose(this.#link, this.#writer, await this.queues())
  }

  async queues(): Promise<readonly QueueSummary[]> {
    const replies = (await this.#writer.read(this.#scripts.queues, [])) as readonly QueueReply[]
    return replies.map(summary).sort((a, b) => Buffer.compare(Buffer.from(a.queue), Buffer.from(b.queue)))
  }

  async leases(queue: string): Promise<readonly LeaseView[]> {
    const replies = (await this.#writer.read(this.#scripts.leases, [queue])) as readonly LeaseReply[]
    return replies.map((reply) => leaseView(queue, reply)).sort((a, b) => a.lease.epoch - b.lease.epoch)
  }

  async oldestReady(queues: readonly string[]): Promise<readonly (number | null)[]> {
    const oldest: (number | null)[] = []
    while (oldest.length < queues.length) {
      const part = queues.slice(oldest.length, oldest.length + PART)
      const dues = (await this.#writer.read(this.#scripts.oldestReady, part)) as readonly string[]
      oldest.push(...dues.map((due) => (due === '' ? null : Number(due))))
    }
    return oldest
  }

  async jobs({ ids, ...query }: JobQuery): Promise<readonly JobView[]> {
    return ids === undefined ? this.#page(query) : this.#named(ids, query)
  }

  async #page({ queue, states = JOB_STATES, after = '0', countMax }: JobQuery): Promise<readonly JobView[]> {
    const page: JobView[] = []
    let script = queue === undefined ? this.#scripts.jobs : this.#scripts.jobsOfQueue
    for (let from = after; from !== '' && page.length < countMax; ) {
      const args = [from, countMax - page.length, queue ?? '', ...states]
      const reply = (await this.#writer.read(script, args)) as JobsReply | 'many'
      if (reply === 'many') {
        script = this.#scripts.jobs
        continue
      }
      const [next, ...jobs] = reply
      page.push(...jobs.map(jobView))
      from = next
    }
    return page
  }

  async job(id: JobId): Promise<JobLife | undefined> {
    if (!isJobId(id)) return undefined
    const reply = (await this.#writer.read(this.#scripts.job, [id])) as JobReply | null
    if (reply === null) return undefined
    const [shown, attempts, leftMs = 0, jobs = []] = reply
    const [, , , , epoch, taken = '', node = ''] = shown
    const { queue } = jobView(shown)
    const lease = epoch === undefined ? null : leaseView(queue, [epoch, taken, node, leftMs, jobs])
    return lifeOf(shown, attempts, lease)
  }

  async change(ids: readonly JobId[], change: Change): Promise<readonly Changed[]> {
    const reason = change.kind === 'cancel' ? quoted(change.reason) : ''
    const changed = new Map<JobId, Changed>()
    for (const part of partsOf(ids.filter(isJobId), CHANGE_PART)) {
      const words = await this.#writer.run(this.#scripts.change, [change.kind, reason, ...part])
      for (const [at, word] of (words as readonly Changed[]).entries()) changed.set(part[at] ?? '', word)
    }
    return ids.map((id) => changed.get(id) ?? 'missing')
  }

  async pause({ queue, isPaused }: { readonly queue: string; readonly isPaused: boolean }): Promise<void> {
    await this.#writer.run(isPaused ? this.#scripts.pause : this.#scripts.resume, [queue])
  }

  async reset({ queue, gone, running }: Reset): Promise<ResetCounts> {
    const errors = await this.#resetErrors(queue)
    return { ...errors, running: await this.#takeBack(queue, gone, running === true) }
  }

  async clean({ queue, force }: { queue: string; force?: true }): Promise<{ deleted: number; running: number }> {
    for (let deleted = 0; ; ) {
      const args = [queue, PART, force ? 'force' : '']
      const [count, running] = (await this.#writer.run(this.#scripts.clean, args)) as readonly [number, number]
      deleted += count
      if (running > 0 || count === 0) return { deleted, running }
    }
  }

  async #named(
    ids: readonly JobId[],
    { queue = '', states = JOB_STATES, after = '0', countMax }: JobQuery,
  ): Promise<readonly JobView[]> {
    const asked = ids.filter((id) => isJobId(id) && Number(id) > Number(after)).sort((a, b) => Number(a) - Number(b))
    const page: JobView[] = []
    for (let from = 0; from < asked.length && page.length < countMax; ) {
      const part = asked.slice(from, from + PART)
      const args = [countMax - page.length, queue, states.length, ...states, ...part]
      const [looks, ...jobs] = (await this.#writer.read(this.#scripts.jobsNamed, args)) as NamedReply
      page.push(...jobs.map(jobView))
      from += looks
    }
    return page
  }

  /** By id, so that of two jobs under one key the older comes back. */
  async #resetErrors(queue: string): Promise<{ readonly error: number; readonly keyHeld: number }> {
    const ids = [...((await this.#writer.read(this.#scripts.errors, [queue])) as readonly string[])].sort()
    const counts = { error: 0, keyHeld: 0 }
    for (const part of partsOf(ids, PART)) {
      const args = [queue, ...part]
      const [error, held] = (await this.#writer.run(this.#scripts.resetErrors, args)) as readonly [number, number]
      counts.error += error
      counts.keyHeld += held
    }
    return counts
  }

  /** Only leases that stood when it began, so that it comes to an end while others take on. */
  async #takeBack(queue: string, gone: readonly string[], all: boolean): Promise<number> {
    let [sum, until, more] = [0, '', 'more']
    while (more === 'more') {
      const args = [queue, PART, all ? 'all' : '', until, ...gone]
      const [count, lastEpoch, isMore] = (await this.#writer.run(this.#scripts.takeBack, args)) as TakenBackReply
      sum += count
      until = lastEpoch
      more = isMore
    }
    return sum
  }
}

/** What this engine may have given a job as its id: no other text is worth asking for. */
const isJobId = (id: JobId): boolean => /^[1-9]\d{0,14}$/.test(id)

function* partsOf(ids: readonly JobId[], size: number): Generator<readonly JobId[]> {
  for (let from = 0; from < ids.length; from += size) yield ids.slice(from, from + size)
}

function summary([queue, ...numbers]: QueueReply): QueueSummary {
  const [scheduled = 0, ready = 0, running = 0, done = 0, error = 0, cancelled = 0, ...others] = numbers
  const [ended = 0, first = -1, now = 0, paused = 0] = others
  const seconds = first < 0 ? 60 : now - first + 1
  return {
    queue,
    counts: { scheduled, ready, running, done, error, cancelled },
    isPaused: paused === 1,
    recent: { ended, seconds },
  }
}

const leaseView = (queue: string, [epoch, taken, node, leftMs, jobs]: LeaseReply): LeaseView => ({
  lease: { queue, epoch: Number(epoch) },
  node,
  takenMs: Number(taken),
  leftMs,
  jobs,
})
