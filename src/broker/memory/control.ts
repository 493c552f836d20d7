import type { Clock } from '../../core/clock.js'
import { hasEnded, type JobState } from '../../core/job-state.js'
import { ATTEMPTS_KEPT_MAX } from '../../core/limits.js'
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
import { type HeldLease, type Job, remember } from './job.js'
import { runningAttempt } from './life.js'
import { Queue } from './queue.js'
import { byBytes } from './records.js'
import type { MemoryStore } from './store.js'

/** What people see of a memory kitchen, and do with it. */
export class MemoryControl implements Control {
  readonly #store: MemoryStore
  readonly #clock: Clock

  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async describe(): Promise<KitchenView> {
    return {
      engine: 'memory',
      place: 'this process',
      lossWindow: 'Everything is lost when the process ends.',
      schemaVersion: 1,
      nowMs: this.#clock.nowMs(),
    }
  }

  async diagnose(): Promise<Diagnosis> {
    return diagnose(this.#store)
  }

  async queues(): Promise<readonly QueueSummary[]> {
    const queues = [...this.#store.queues.values()].sort((a, b) => byBytes(a.name, b.name))
    const nowMs = this.#clock.nowMs()
    return queues.map(({ name, counts, pace, isPaused }) => ({
      queue: name,
      counts: { ...counts },
      recent: pace.recent(nowMs),
      isPaused,
    }))
  }

  async leases(name: string): Promise<readonly LeaseView[]> {
    const leases = [...(this.#store.queues.get(name)?.leases.values() ?? [])]
    const nowMs = this.#clock.nowMs()
    return leases.map((lease) => viewLease(name, lease, nowMs))
  }

  async oldestReady(names: readonly string[]): Promise<readonly (number | null)[]> {
    return names.map((name) => {
      const queue = this.#store.queues.get(name)
      const waiting = queue === undefined ? [] : [...queue.ready.items, ...queue.suspects.items]
      return waiting.reduce<number | null>((oldest, { dueMs }) => Math.min(oldest ?? dueMs, dueMs), null)
    })
  }

  async jobs({ queue, ids, states, after, countMax }: JobQuery): Promise<readonly JobView[]> {
    const afterNumber = Number(after ?? 0)
    const page: JobView[] = []
    for (const job of ids === undefined ? this.#store.jobs.values() : this.#named(ids)) {
      if (page.length === countMax) break
      const isWanted = job.number > afterNumber && (queue === undefined || job.queue === queue)
      if (isWanted && (states?.includes(job.state) ?? true)) page.push(viewJob(job))
    }
    return page
  }

  async job(id: JobId): Promise<JobLife | undefined> {
    const job = this.#store.jobs.get(id)
    if (!job) return undefined
    const lease = job.lease && viewLease(job.queue, job.lease, this.#clock.nowMs())
    return { ...viewJob(job), history: attemptsOf(job), lease }
  }

  async change(ids: readonly JobId[], change: Change): Promise<readonly Changed[]> {
    const nowMs = this.#clock.nowMs()
    return ids.map((id) => this.#changeOne(id, change, nowMs))
  }

  async pause({ queue: name, isPaused }: { readonly queue: string; readonly isPaused: boolean }): Promise<void> {
    this.#store.queueFor(name).isPaused = isPaused
    this.#store.bell.ring(name)
  }

  async reset({ queue: name, gone, running }: Reset): Promise<ResetCounts> {
    const queue = this.#store.queues.get(name)
    if (!queue) return { error: 0, running: 0, keyHeld: 0 }
    const nowMs = this.#clock.nowMs()
    const isOver = (lease: HeldLease): boolean => lease.untilMs <= nowMs || gone.includes(lease.node)
    const counts = {
      ...resetErrors(queue, nowMs),
      running: resetRunning(queue, nowMs, (lease) => running === true || isOver(lease)),
    }
    this.#store.bell.ring(name)
    return counts
  }

  async clean(clean: {
    readonly queue: string
    readonly force?: true
  }): Promise<{ readonly deleted: number; readonly running: number }> {
    const queue = this.#store.queues.get(clean.queue)
    if (!queue) return { deleted: 0, running: 0 }
    if (queue.counts.running > 0 && !clean.force) return { deleted: 0, running: queue.counts.running }
    const ids = [...this.#store.jobs.values()].filter((job) => job.queue === clean.queue).map((job) => job.id)
    for (const id of ids) this.#store.jobs.delete(id)
    const emptied = new Queue(clean.queue)
    emptied.isPaused = queue.isPaused
    this.#store.queues.set(clean.queue, emptied)
    return { deleted: ids.length, running: 0 }
  }

  /** Looked up one by one: whoever awaits ten thousand results asks for as many, four times a second. */
  #named(ids: readonly JobId[]): readonly Job[] {
    return ids.flatMap((id) => this.#store.jobs.get(id) ?? []).sort((a, b) => a.number - b.number)
  }

  #changeOne(id: JobId, change: Change, nowMs: number): Changed {
    const job = this.#store.jobs.get(id)
    if (!job) return 'missing'
    if (job.state === 'running') return 'running'
    if (!CHANGEABLE[change.kind].includes(job.state)) return 'unfit'
    const queue = this.#store.queueFor(job.queue)
    if (change.kind === 'retry' && hasEnded(job.state) && !queue.claimKey(job)) return 'keyHeld'
    queue.takeOut(job)
    switch (change.kind) {
      case 'retry':
        if (hasEnded(job.state)) startAfresh(queue, job, nowMs)
        else {
          job.dueMs = nowMs
          queue.move(job, 'ready', nowMs)
        }
        break
      case 'cancel':
        job.error = change.reason
        queue.move(job, 'cancelled', nowMs)
        break
      case 'drop':
        queue.drop(job)
        this.#store.jobs.delete(id)
    }
    this.#store.bell.ring(job.queue)
    return 'changed'
  }
}

/** Whether a change means something for a job that stands there. */
const CHANGEABLE: Readonly<Record<Change['kind'], readonly JobState[]>> = {
  retry: ['scheduled', 'error', 'cancelled'],
  cancel: ['scheduled', 'ready'],
  drop: ['scheduled', 'ready', 'done', 'error', 'cancelled'],
}

/** Puts jobs in error back to ready, unless their key has found another holder. */
function resetErrors(queue: Queue, nowMs: number): { readonly error: number; readonly keyHeld: number } {
  const counts = { error: 0, keyHeld: 0 }
  for (const job of queue.failed.drain().sort((a, b) => a.number - b.number)) {
    const isError = job.state === 'error'
    if (isError && queue.claimKey(job)) {
      startAfresh(queue, job, nowMs)
      counts.error += 1
    } else {
      queue.failed.push(job)
      if (isError) counts.keyHeld += 1
    }
  }
  return counts
}

function resetRunning(queue: Queue, nowMs: number, isWanted: (lease: HeldLease) => boolean): number {
  const held = queue.held(isWanted)
  for (const { lease, job } of held) {
    queue.letGo(job, lease)
    remember(job, { ...runningAttempt(lease), endedMs: nowMs, ended: 'reset' })
    startAfresh(queue, job, nowMs)
  }
  return held.length
}

function startAfresh(queue: Queue, job: Job, nowMs: number): void {
  job.failures = 0
  job.crashes = 0
  job.error = null
  queue.move(job, 'ready', nowMs)
}

const attemptsOf = (job: Job): JobLife['history'] =>
  (job.lease ? [...job.history, runningAttempt(job.lease)] : job.history).slice(-ATTEMPTS_KEPT_MAX)

function viewJob(job: Job): JobView {
  const last = job.lease ? runningAttempt(job.lease) : job.history.at(-1)
  const isCounted = job.state === 'running' || job.state === 'done'
  return {
    id: job.id,
    queue: job.queue,
    state: job.state,
    payload: job.payload,
    priority: job.priority,
    isExpedited: job.isExpedited,
    key: job.key,
    attempts: job.failures + job.crashes + (isCounted ? 1 : 0),
    failures: job.failures,
    crashes: job.crashes,
    attemptsMax: job.attemptsMax,
    sentMs: job.sentMs,
    dueMs: job.dueMs,
    node: last?.node ?? null,
    startedMs: last?.startedMs ?? null,
    settledMs: job.endedMs ?? last?.endedMs ?? null,
    exitCode: last?.exitCode ?? null,
    error: job.error,
    result: job.result,
  }
}

const viewLease = (queue: string, lease: HeldLease, nowMs: number): LeaseView => ({
  lease: { queue, epoch: lease.epoch },
  node: lease.node,
  takenMs: lease.takenMs,
  leftMs: lease.untilMs - nowMs,
  jobs: [...lease.jobs].map((job) => job.id),
})
