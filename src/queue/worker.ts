import type { Broker } from '../broker/broker.js'
import type { AttemptReport, JobId, Lease, Outcome, Retention, Settle, Take, TakenJob } from '../broker/job-store.js'
import type { RecordPut } from '../broker/records.js'
import { stateAfter } from '../broker/state-after.js'
import { hasEnded } from '../core/job-state.js'
import { BATCH_MAX } from '../core/limits.js'
import type { Cancellations } from './cancellations.js'
import type { Heartbeat, HeartbeatPart } from './heartbeat.js'
import { PRESENCE_LEASES } from './lease-keeper.js'
import type { NodeRecord } from './node.js'
import { Pace } from './pace.js'
import { mayPass, type Patience, type PatienceMs, withPatience } from './patience.js'
import { type Settled, Settler } from './settler.js'
import { StopSignal } from './stop-signal.js'
import { WorkerSweep } from './worker-sweep.js'

/** How one attempt ended, as whoever ran it saw it. */
export interface Ran {
  readonly outcome: Outcome
  readonly report: AttemptReport
  /**
   * The run ended its job within a transaction of its own. `outcome` then says what becomes of the job when that was
   * never committed; when it was, the store answers `lost`, and the job is done.
   */
  readonly isDoneWithin?: boolean
  /** A record that changes with the outcome, or not at all. */
  readonly put?: RecordPut
}

/**
 * Runs one job, calls `end` once, and does not throw. A callback and no promise: with very short jobs, the five promises between
 * a handler and its outcome were a tenth of the worker's time.
 */
export type Run = (job: TakenJob, stop: StopSignal, end: (ran: Ran) => void) => void

/** What a worker tells as it goes; each is called at once, and shall not throw. */
export interface WorkerEvents {
  /** An outcome is durable; or was refused, because the lease had ended and the job went to another. */
  readonly onSettled?: (job: TakenJob, ran: Ran, result: 'done' | 'lost') => void
  /** The store failed; unless it recovers within the worker's patience, the worker ends with this error. */
  readonly onFault?: (error: unknown) => void
}

/** A worker's settings; nothing in it is optional. */
export interface WorkerConfig {
  readonly queue: string
  readonly node: string
  /** Jobs that run at once, 1 to 10,000. */
  readonly concurrency: number
  /** Most jobs to begin beyond these while jobs are very short, for a `run` that puts them behind others; 0: none. */
  readonly overlap: number
  /** 1,000 to 86,400,000 milliseconds. */
  readonly leaseMs: number
  /** Jobs to take in all; Infinity for no bound. */
  readonly takeMax: number
  /** The event loop blocked for longer than this is a hang, and the leases run out; null: never. */
  readonly hungMs: number | null
  /** What is kept of the queue's history now; it may change while the worker works. */
  readonly keep: () => Retention
  /** How long a failing store is waited for before the worker gives up. */
  readonly patienceMs: PatienceMs
  /**
   * Asked when nothing is ready and nothing runs: `end` ends the worker, `wait` waits for work, and asks again
   * after `mostMs` at the latest.
   */
  readonly onIdle: () => Promise<'end' | { readonly mostMs: number }>
}

/** What a worker works with. */
export interface WorkerParts {
  readonly broker: Broker
  readonly heartbeat: Heartbeat
  readonly cancellations: Cancellations
  /** Whatever else it goes by that may change meanwhile. */
  readonly watched: Watched
  readonly run: Run
  readonly events: WorkerEvents
  /** Put in the kitchen by the heartbeat, so that others see who works here. */
  readonly presence: NodeRecord
}

/** Something in the kitchen that a worker goes by for as long as it works. */
export interface Watched {
  /** Begins to watch, and resolves when it is known as it stands now; called again when the store failed. */
  begin(): Promise<void>
  /** Watches no more. Safe twice, and before `begin`. */
  end(): void
}

/** A job that is being run. */
interface Running {
  readonly job: TakenJob
  readonly stop: StopSignal
}

/**
 * Ask at least this often, should a wakeup be lost. The engine looks much more often by itself, for all queues that this process
 * waits for at once.
 */
const IDLE_MS_MAX = 60_000

/** With a free hand and a suspect in the other, look for new jobs this often. */
const SUSPECT_REST_MS = 250

/** Jobs held ahead that have waited so long for a slot go back: only very short ones are worth to be held. */
const STALE_MS = 100

/**
 * After beginning so many jobs, let the event loop turn once. Handlers that answer at once follow each other without ever coming
 * back to it: a take that was asked for left when all that was held ahead had run, and the worker waited for its answer in idleness.
 */
const BREATH_JOBS = 200

/** How often the presence record tells new figures. */
const ANNOUNCE_MS = 1_000

/**
 * Takes jobs of one queue, runs up to `concurrency` of them, settles them in batches, and keeps their leases alive.
 *
 * Settles and the next take are asked for in the same turn of the event loop, so that an engine can fuse them.
 */
export class Worker {
  readonly #config: WorkerConfig
  readonly #parts: WorkerParts
  readonly #settler: Settler
  readonly #sweep: WorkerSweep
  readonly #pace: Pace
  /** Taken and not begun, first in line last, so that the next one is popped. */
  readonly #buffer: TakenJob[] = []
  readonly #running = new Map<string, Running>()
  /** How many jobs of each lease are still to be settled. */
  readonly #open = new Map<number, { readonly lease: Lease; count: number }>()
  #heartbeat: HeartbeatPart | null = null
  #leaveCancellations: (() => void) | null = null
  #taken = 0
  /** The last take came when nothing was left of what was held. */
  #cameLate = false
  #suspects = 0
  #isStopping = false
  #isReady = false
  #fault: { readonly error: unknown } | null = null
  /** Aborted to end a wait for work. */
  #rest = new AbortController()
  /** Aborts when no more is taken, and when what runs must end: then a failing store is tried no longer. */
  readonly #stopped = new AbortController()
  readonly #aborted = new AbortController()
  /** How many began since the event loop was last given a turn, and whether it has it now. */
  #begun = 0
  #isBreathing = false
  /** When a job last began. */
  #begunAtMs = 0
  #finished: Promise<void> | null = null
  #hasChanged: (() => void) | null = null
  #timers: NodeJS.Timeout[] = []

  constructor(config: WorkerConfig, parts: WorkerParts) {
    this.#config = config
    this.#parts = parts
    this.#pace = new Pace(config.concurrency)
    this.#sweep = new WorkerSweep({
      broker: parts.broker,
      queue: config.queue,
      keep: config.keep,
      isStopping: () => this.#isStopping,
      onFault: (error) => parts.events.onFault?.(error),
    })
    const patience = this.#patience(this.#aborted.signal)
    this.#settler = new Settler(
      parts.broker,
      { ...patience, node: config.node, doneMax: () => config.keep().doneMax },
      (error) => this.#fail(error),
    )
  }

  /** Begins to work. Once. */
  start(): void {
    if (this.#finished !== null) return
    const { leaseMs, hungMs } = this.#config
    this.#heartbeat = this.#parts.heartbeat.join(
      { leaseMs, hungMs },
      { onLost: (leases) => this.#lose(leases), onFault: (error) => this.#parts.events.onFault?.(error) },
    )
    this.#leaveCancellations = this.#parts.cancellations.join({
      onCancel: (id, reason) => this.#cancel(id, reason),
      onFault: (error) => this.#parts.events.onFault?.(error),
    })
    this.#timers = [
      setInterval(() => void this.#announce(), ANNOUNCE_MS).unref(),
      setInterval(() => void this.#returnStale(), STALE_MS).unref(),
    ]
    this.#sweep.start()
    this.#finished = this.#work()
  }

  /**
   * Resolves when the worker has ended: by itself, or by {@link stop}.
   *
   * @throws What the store failed with, when it did not recover.
   */
  get finished(): Promise<void> {
    return this.#finished ?? Promise.resolve()
  }

  /** Whether it works, or would if there were work: the store answered last time, and it has not been told to stop. */
  get isReady(): boolean {
    return this.#isReady && !this.#isStopping
  }

  /**
   * Takes no more, gives back what has not begun, and waits for what runs. After `deadlineMs` the runs' signals tell them to stop
   * and their jobs are given back, no attempt counted. Safe before `start`, and twice: the nearer deadline counts.
   */
  async stop({ deadlineMs = Number.POSITIVE_INFINITY }: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.#isStopping = true
    this.#stopped.abort()
    this.#wake()
    if (deadlineMs < 2 ** 31) this.#timers.push(setTimeout(() => this.abort(), deadlineMs).unref())
    await this.finished
  }

  /** Stops at once: everything that runs is told to, and its jobs are given back. */
  abort(): void {
    this.#isStopping = true
    this.#stopped.abort()
    this.#aborted.abort()
    for (const { stop } of this.#running.values()) stop.stop('stopped')
    this.#wake()
  }

  async #work(): Promise<void> {
    try {
      await this.#introduce()
      while (!this.#isStopping && this.#fault === null) await this.#turn()
      await this.#giveBack()
      while (this.#running.size > 0) await this.#change()
      await this.#settler.drain()
    } catch (error) {
      this.#fail(error)
    } finally {
      for (const timer of this.#timers) clearTimeout(timer)
      this.#sweep.stop()
      this.#leaveCancellations?.()
      this.#parts.watched.end()
      await this.#heartbeat?.leave()
    }
    if (this.#fault !== null) throw this.#fault.error
  }

  /** Known before the first job is taken: who looks then sees that its holder lives. */
  async #introduce(): Promise<void> {
    const { broker, presence } = this.#parts
    const put = [{ key: presence.key, value: await presence.value(), ttlMs: PRESENCE_LEASES * this.#config.leaseMs }]
    await this.#untilStopped(() =>
      Promise.all([broker.commit([{ put }]), this.#parts.cancellations.read(), this.#parts.watched.begin()]),
    )
    await this.#announce()
  }

  async #announce(): Promise<void> {
    const { key, value } = this.#parts.presence
    this.#heartbeat?.announce({ key, value: await value() })
  }

  #patience(signal: AbortSignal): Patience {
    return {
      patienceMs: this.#config.patienceMs,
      onFault: (error) => {
        this.#isReady = false
        this.#parts.events.onFault?.(error)
      },
      onAnswer: () => {
        this.#isReady = true
      },
      signal,
    }
  }

  /** Who is told to stop while the store is away need not hear from it: what it took for us comes back when its lease ends. */
  async #untilStopped<T>(call: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#stopped
    try {
      return await withPatience(call, this.#patience(signal))
    } catch (error) {
      if (signal.aborted && mayPass(error)) return undefined
      throw error
    }
  }

  /** Takes what there is room for; when nothing is ready, waits until something may be. */
  async #turn(): Promise<void> {
    const room = this.#room()
    if (room === 0) {
      if (this.#taken >= this.#config.takeMax && this.#held() === 0) this.#isStopping = true
      else await this.#change()
      return
    }
    const holdsSuspect = this.#suspects > 0
    const jobs = await this.#take(room)
    if (jobs.length > 0 || this.#isStopping) return
    // That take passed over suspects, so it does not say that nothing is ready.
    if (holdsSuspect) await this.#restWithSuspect()
    else await this.#idle()
  }

  /** While a suspect is held, others may be ready that cannot be taken: the store would wake us for them at once. */
  async #restWithSuspect(): Promise<void> {
    if (this.#suspects === 0) return
    const timer = setTimeout(() => this.#wake(), SUSPECT_REST_MS)
    await this.#change()
    clearTimeout(timer)
  }

  #held(): number {
    return this.#buffer.length + this.#running.size
  }

  #slots(): number {
    const { concurrency, overlap } = this.#config
    return concurrency + Math.min(overlap, this.#pace.overlap)
  }

  /** How many jobs to take now; 0 while enough wait in the buffer. */
  #room(): number {
    const left = this.#config.takeMax - this.#taken
    const wanted = Math.min(this.#slots() + this.#pace.ahead, BATCH_MAX)
    // What is held will be done by the time that the lock is ours: with four workers on one file, half as many takes as if it counted.
    const comesLate = this.#cameLate && this.#parts.broker.capabilities.writesInTurn
    const still = comesLate ? this.#running.size : this.#held()
    // Without a buffer each free slot is filled at once.
    const isLow = this.#buffer.length <= this.#pace.low
    return isLow ? Math.max(0, Math.min(wanted - still, left)) : 0
  }

  async #take(countMax: number): Promise<readonly TakenJob[]> {
    const { queue, node, leaseMs } = this.#config
    this.#settler.leave()
    const take: Take = { queue, node, countMax, leaseMs, suspectsMax: this.#suspects > 0 ? 0 : 1 }
    const hadSome = this.#held() > 0
    const jobs = (await this.#untilStopped(() => this.#parts.broker.take(take))) ?? []
    this.#cameLate = hadSome && this.#held() === 0
    const [first] = jobs
    if (first === undefined) return jobs
    this.#taken += jobs.length
    this.#pace.took(jobs)
    this.#open.set(first.lease.epoch, { lease: first.lease, count: jobs.length })
    this.#heartbeat?.hold(first.lease)
    if (jobs.some(({ isSuspect }) => isSuspect)) this.#suspects++
    this.#buffer.unshift(...jobs.toReversed())
    this.#fill()
    return jobs
  }

  async #idle(): Promise<void> {
    const { queue, onIdle } = this.#config
    let mostMs = IDLE_MS_MAX
    if (this.#held() === 0) {
      await this.#settler.drain()
      const answer = await onIdle()
      if (answer === 'end') {
        this.#isStopping = true
        return
      }
      mostMs = Math.min(mostMs, answer.mostMs)
    }
    if (this.#isStopping) return
    this.#rest = new AbortController()
    await this.#parts.broker.wait(queue, { mostMs, signal: this.#rest.signal })
  }

  /** Begins jobs while there is a slot and something in the buffer. */
  #fill(): void {
    while (this.#running.size < this.#slots() && !this.#isStopping && !this.#isBreathing) {
      const job = this.#buffer.pop()
      if (job === undefined) break
      const reason = this.#parts.cancellations.reasonOf(job.id)
      if (reason === undefined) this.#begin(job)
      else this.#settle(job, { outcome: { kind: 'cancel', reason }, report: { ranMs: 0 } })
    }
  }

  /** Whether it runs here; then it is told to stop. */
  #cancel(id: JobId, reason: string): boolean {
    const running = this.#running.get(id)
    running?.stop.stop('cancelled', reason)
    return running !== undefined
  }

  #begin(job: TakenJob): void {
    const stop = new StopSignal()
    this.#begunAtMs = performance.now()
    this.#running.set(job.id, { job, stop })
    if (++this.#begun >= BREATH_JOBS) this.#breathe()
    this.#parts.run(job, stop, (ran) => this.#end(job, ran))
  }

  #breathe(): void {
    this.#begun = 0
    this.#isBreathing = true
    setImmediate(() => {
      this.#isBreathing = false
      this.#fill()
      // All that was held may have been cancelled meanwhile.
      this.#notifyChange()
    })
  }

  #end(job: TakenJob, ran: Ran): void {
    this.#pace.ran(ran.report.ranMs)
    this.#running.delete(job.id)
    this.#settle(job, ran)
    this.#fill()
    this.#notifyChange()
  }

  #settle(job: TakenJob, ran: Ran): void {
    const { outcome, report } = ran
    // With all its fields from the start: one that came later made V8 compile anew what it had compiled for those without.
    const settle: Settle = { job: job.id, lease: job.lease, outcome, report, forget: false }
    const onSettled = (settled: Settled) => {
      this.#close(job)
      // Not when it was lost: it may come back, also to us, and shall not run then.
      if (settled === 'done' && hasEnded(stateAfter(outcome))) this.#parts.cancellations.forget(job.id)
      if (settled === 'lost' && ran.isDoneWithin) this.#parts.events.onSettled?.(job, doneWithin(ran), 'done')
      else if (settled !== 'unsettled') this.#parts.events.onSettled?.(job, ran, settled)
      this.#sweep.settled(settle.forget === true)
    }
    this.#settler.settle(settle, crashesOf(job), onSettled, this.#putsOf(job, ran))
  }

  /** Undefined for nearly all. A wish to cancel the job ends with the job; one that runs again is cancelled at its next take. */
  #putsOf({ id, lease }: TakenJob, { outcome, put }: Ran): readonly RecordPut[] | undefined {
    const cancelled = this.#parts.cancellations.putOf(lease.queue, id)
    if (cancelled === undefined || !hasEnded(stateAfter(outcome))) return put && [put]
    return put === undefined ? [cancelled] : [cancelled, put]
  }

  /** Jobs held ahead of a slot that a long job has taken could be done by others meanwhile. */
  async #returnStale(): Promise<void> {
    const waitedMs = performance.now() - this.#begunAtMs
    if (this.#buffer.length === 0 || waitedMs < STALE_MS) return
    this.#pace.stalled(waitedMs)
    this.#taken -= this.#buffer.length
    await this.#giveBack()
  }

  #close(job: TakenJob): void {
    if (job.isSuspect) {
      this.#suspects--
      this.#wake()
    }
    const open = this.#open.get(job.lease.epoch)
    if (open === undefined || --open.count > 0) return
    this.#open.delete(job.lease.epoch)
    this.#heartbeat?.drop(open.lease)
  }

  /** Others may run these jobs now: abort ours, and forget what had not begun. */
  #lose(leases: readonly Lease[]): void {
    const epochs = new Set(leases.map(({ epoch }) => epoch).filter((epoch) => this.#open.has(epoch)))
    if (epochs.size === 0) return
    const isLost = ({ lease }: TakenJob) => epochs.has(lease.epoch)
    const kept = this.#buffer.filter((job) => !isLost(job))
    for (const job of this.#buffer.filter(isLost)) this.#close(job)
    this.#buffer.splice(0, this.#buffer.length, ...kept)
    for (const { job, stop } of this.#running.values()) if (isLost(job)) stop.stop('lease lost')
    this.#notifyChange()
  }

  /** Gives back what was taken and has not begun. */
  async #giveBack(): Promise<void> {
    const jobs = this.#buffer.splice(0)
    if (this.#fault !== null) return
    const givenBack = jobs.map(
      (job) =>
        new Promise<void>((resolve) => {
          const settle: Settle = { job: job.id, lease: job.lease, outcome: { kind: 'release' } }
          this.#settler.settle(settle, crashesOf(job), () => {
            this.#close(job)
            resolve()
          })
        }),
    )
    await Promise.all(givenBack)
  }

  #fail(error: unknown): void {
    this.#fault ??= { error }
    this.abort()
  }

  /** Resolves at the next change of what is held. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#hasChanged = resolve
    })
  }

  #notifyChange(): void {
    if (this.#held() === 0) this.#endRest()
    this.#hasChanged?.()
    this.#hasChanged = null
  }

  /** Asked whether it is over already, and with a reason: else each call makes an error, with its stack. */
  #endRest(): void {
    if (!this.#rest.signal.aborted) this.#rest.abort('over')
  }

  #wake(): void {
    this.#endRest()
    this.#hasChanged?.()
    this.#hasChanged = null
  }
}

/** Failed and crashed runs count as attempts. */
const crashesOf = ({ attempt, failures }: TakenJob): number => attempt - 1 - failures

const doneWithin = ({ report }: Ran): Ran => ({ outcome: { kind: 'done' }, report })
