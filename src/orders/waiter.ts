import type { Broker } from '../broker/broker.js'
import type { Outcome, TakenJob } from '../broker/job-store.js'
import type { Backoff } from '../core/backoff.js'
import { formatDuration } from '../core/duration.js'
import { HobError } from '../core/errors.js'
import { TAIL_BYTES_MAX } from '../core/limits.js'
import type { Cancellations } from '../queue/cancellations.js'
import { failed } from '../queue/failure.js'
import type { Heartbeat } from '../queue/heartbeat.js'
import type { QueueMetrics } from '../queue/metrics.js'
import { nodeRecord } from '../queue/node.js'
import { KEEP_ALL } from '../queue/policies.js'
import type { StopSignal } from '../queue/stop-signal.js'
import { type Ran, Worker } from '../queue/worker.js'
import { CommandError, type Ended } from './command/command.js'
import type { Crew } from './command/crew.js'
import { EndOfList } from './end-of-list.js'
import { type Halt, shallHalt } from './halt.js'
import type { CommandBuilder, OrderCommand } from './order-command.js'

/** How a waiter delivers; nothing in it is optional. */
export interface WaiterConfig {
  readonly queue: string
  /** Who delivers, as status and history name it. */
  readonly name: string
  /** Commands that run at once; as many as the crew has lanes. */
  readonly concurrency: number
  readonly leaseMs: number
  /** Orders to take in all; Infinity for no bound. */
  readonly takeMax: number
  /** True: when nothing is left, wait for more. */
  readonly waits: boolean
  /** Attempts before a failure is final, unless the order brings its own. */
  readonly attemptsMax: number
  readonly backoff: Backoff
  /** null: no bound. */
  readonly timeoutMs: number | null
  readonly halt: Halt | null
}

/** One attempt at an order that is over. */
export interface Delivery {
  readonly job: TakenJob
  /** null when the order does not fit the command; the outcome says why. */
  readonly command: OrderCommand | null
  /** null when no command ran. */
  readonly ended: Ended | null
  readonly ran: Ran
}

/** One whose command ran. */
export type EndedDelivery = Delivery & { readonly ended: Ended }

/** What a waiter tells as it goes. */
export interface WaiterEvents {
  /** The command has ended; its output can be read until the promise resolves. The slot is taken until then. undefined: nobody reads. */
  readonly onOutput: (delivery: EndedDelivery) => Promise<void> | undefined
  /** The outcome is durable; or it was refused, because the lease had ended and the order went to another. */
  readonly onSettled: (delivery: Delivery, result: 'done' | 'lost') => void
  readonly onFault: (error: unknown) => void
}

/** What a waiter works with. */
export interface WaiterParts {
  readonly broker: Broker
  readonly heartbeat: Heartbeat
  readonly cancellations: Cancellations
  readonly crew: Crew
  readonly build: CommandBuilder
  readonly events: WaiterEvents
  /** What is counted; null when nobody wants it. */
  readonly metrics: QueueMetrics | null
}

/** What a waiter has done so far. */
export interface WaiterCounts {
  readonly done: number
  /** Orders that ended in error. */
  readonly failed: number
  /** Orders that somebody cancelled while they ran. */
  readonly cancelled: number
  /** Failed attempts whose orders are tried again. */
  readonly retried: number
  /** Attempts given back because the waiter was stopped. */
  readonly released: number
  /** Outcomes that were refused. */
  readonly refused: number
}

/** Takes orders and runs a command for each. */
export class Waiter {
  readonly #config: WaiterConfig
  readonly #parts: WaiterParts
  readonly #worker: Worker
  readonly #end: EndOfList
  readonly #counts = { done: 0, failed: 0, cancelled: 0, retried: 0, released: 0, refused: 0 }
  /** Orders of this waiter that failed and are tried again: it stays for them. */
  readonly #retries = new Set<string>()
  readonly #deliveries = new Map<Ran, Delivery>()
  /** What `halt` goes by. */
  readonly #seen = { ended: 0, failed: 0 }
  #hasHalted = false
  #fault: { readonly error: unknown } | null = null

  constructor(config: WaiterConfig, parts: WaiterParts) {
    this.#config = config
    this.#parts = parts
    this.#end = new EndOfList(parts.broker, config.queue)
    const { queue, name, concurrency, leaseMs, takeMax } = config
    this.#worker = new Worker(
      {
        queue,
        node: name,
        concurrency,
        overlap: config.halt === null ? parts.crew.aheadMax : 0,
        leaseMs,
        takeMax,
        // A waiter's own event loop runs no user code.
        hungMs: null,
        // Orders are the user's list: they stay until `clean`.
        keep: () => KEEP_ALL,
        patienceMs: { ...PATIENCE_MS, ...(config.waits && { unreachable: Number.POSITIVE_INFINITY }) },
        onIdle: () => this.#onIdle(),
      },
      {
        broker: parts.broker,
        heartbeat: parts.heartbeat,
        cancellations: parts.cancellations,
        // How orders are tried again, the command line says.
        watched: { begin: async () => {}, end: () => {} },
        run: (job, stop, end) => void this.#run(job, stop).then(end),
        events: { onSettled: (job, ran, result) => this.#settled(job, ran, result), onFault: parts.events.onFault },
        presence: nodeRecord({ name, role: 'waiter', queue, concurrency }, this.#counts),
      },
    )
  }

  /** Whether failures ended the delivery, as `halt` says. */
  get hasHalted(): boolean {
    return this.#hasHalted
  }

  /** Whether it delivers, or would if there were orders. */
  get isReady(): boolean {
    return this.#worker.isReady
  }

  get counts(): WaiterCounts {
    return this.#counts
  }

  start(): void {
    this.#worker.start()
  }

  /**
   * Resolves when nothing is left to do, or the waiter was stopped and what ran has ended.
   *
   * @throws What the kitchen or this machine failed with, when it did not recover.
   */
  async finished(): Promise<void> {
    await this.#worker.finished
    if (this.#fault !== null) throw this.#fault.error
  }

  /** Takes no more, and lets what runs end. Safe twice. */
  stop(): void {
    this.#worker.stop().catch(() => {
      // `finished` tells it.
    })
  }

  /** Ends what runs (TERM, then KILL), and gives those orders back, no attempt counted. */
  abort(): void {
    this.#worker.abort()
  }

  async #onIdle(): Promise<'end' | { mostMs: number }> {
    if (this.#config.waits || (await this.#awaitsRetry())) return { mostMs: 5_000 }
    return this.#end.next()
  }

  /** Whether an order that failed here is still to be tried again; another waiter may have done so by now. */
  async #awaitsRetry(): Promise<boolean> {
    for (const id of this.#retries) {
      const state = (await this.#parts.broker.job(id))?.state
      if (state === 'scheduled' || state === 'ready') return true
      this.#retries.delete(id)
    }
    return false
  }

  async #run(job: TakenJob, stop: StopSignal): Promise<Ran> {
    this.#end.forget()
    this.#retries.delete(job.id)
    const startedMs = performance.now()
    const over = (outcome: Outcome): Ran => ({ outcome, report: { ranMs: performance.now() - startedMs } })
    let command: OrderCommand | null = null
    try {
      command = this.#parts.build(job)
      const { timeoutMs } = this.#config
      const timed = timeoutMs === null ? command : { ...command, timeoutMs }
      const ended = await this.#parts.crew.run(timed, { stop })
      const delivery = { job, command, ended, ran: this.#ranOf(job, ended, stop) }
      const showing = this.#show(delivery)
      if (showing !== undefined) await showing
      ended.stdout.dispose()
      ended.stderr.dispose()
      return this.#keep(delivery)
    } catch (error) {
      if (stop.reason !== null) return this.#keep({ job, command, ended: null, ran: over(stopped(stop)) })
      if (isOurs(error)) return this.#keep({ job, command, ended: null, ran: over(this.#giveUp(error)) })
      const text = error instanceof Error ? error.message : String(error)
      const outcome =
        error instanceof HobError ? failed(job, text, this.#policy()) : { kind: 'error' as const, error: text }
      return this.#keep({ job, command, ended: null, ran: over(outcome) })
    }
  }

  #ranOf(job: TakenJob, ended: Ended, stop: StopSignal): Ran {
    const outcome = this.#outcome(job, ended, stop)
    const { exitCode, signal, ranMs } = ended
    if (outcome.kind === 'done') return { outcome, report: { ranMs, exitCode: 0 } }
    const output = tailOf(ended)
    return {
      outcome,
      report: { ranMs, ...(exitCode !== null && { exitCode }), ...(signal !== null && { signal }), output },
    }
  }

  /** Resolves when its output was shown; undefined when there is nothing to wait for. */
  #show(delivery: EndedDelivery): Promise<void> | undefined {
    // That its output cannot be shown is no fault of the order: its outcome stands.
    return this.#parts.events.onOutput(delivery)?.catch((error: unknown) => this.#parts.events.onFault(error))
  }

  #outcome(job: TakenJob, ended: Ended, stop: StopSignal): Outcome {
    if (ended.end === 'killed' && stop.reason !== null) return stopped(stop)
    if (ended.exitCode === 0 && ended.end === 'exited') return { kind: 'done' }
    return failed(job, reasonOf(ended, this.#config.timeoutMs), this.#policy())
  }

  #policy(): Parameters<typeof failed>[2] {
    const { attemptsMax, backoff } = this.#config
    return { attemptsMax, backoff, random: Math.random }
  }

  /** This machine cannot run commands: no fault of the order, which goes back, and the end of this waiter. */
  #giveUp(error: unknown): Outcome {
    this.#fault ??= { error }
    this.stop()
    return { kind: 'release' }
  }

  #keep(delivery: Delivery): Ran {
    this.#deliveries.set(delivery.ran, delivery)
    this.#haltIfDue(delivery.ran.outcome.kind)
    return delivery.ran
  }

  #settled(job: TakenJob, ran: Ran, result: 'done' | 'lost'): void {
    const delivery = this.#deliveries.get(ran) ?? { job, command: null, ended: null, ran }
    this.#deliveries.delete(ran)
    const { kind } = ran.outcome
    this.#parts.metrics?.settled(result === 'lost' ? 'lost' : kind, ran.report.ranMs)
    if (result === 'lost') this.#counts.refused++
    else if (kind === 'done') this.#counts.done++
    else if (kind === 'error') this.#counts.failed++
    else if (kind === 'cancel') this.#counts.cancelled++
    else if (kind === 'release') this.#counts.released++
    else this.#retried(job)
    this.#parts.events.onSettled(delivery, result)
  }

  #retried({ id }: TakenJob): void {
    this.#counts.retried++
    this.#retries.add(id)
  }

  /** Decided as soon as a command has ended, not when that is durable: the next order must not begin meanwhile. */
  #haltIfDue(kind: Outcome['kind']): void {
    const { halt } = this.#config
    if (halt === null || (kind !== 'done' && kind !== 'error')) return
    this.#seen.ended++
    if (kind === 'error') this.#seen.failed++
    if (this.#hasHalted || !shallHalt(halt, this.#seen)) return
    this.#hasHalted = true
    if (halt.when === 'now') this.abort()
    else this.stop()
  }
}

/**
 * A kitchen that fails is waited for; then the waiter ends, and the leases of what it held end too. A server that is
 * started anew is back within a minute; one who waits for orders waits for the server, too.
 */
const PATIENCE_MS = { unreachable: 60_000, busy: 3_000, full: 3_000 }

/** Of an order whose command was killed for a reason that is no fault of its own. */
const stopped = (stop: StopSignal): Outcome =>
  stop.reason === 'cancelled' ? { kind: 'cancel', reason: stop.why } : { kind: 'release' }

/** Faults of this machine or of the crew, not of the order. */
const isOurs = (error: unknown): boolean =>
  error instanceof CommandError && (error.code === 'output' || error.code === 'lane' || error.code === 'stopped')

function reasonOf({ end, exitCode, signal }: Ended, timeoutMs: number | null): string {
  if (end === 'timeout') return `timed out after ${formatDuration(timeoutMs ?? 0)}`
  return signal === null ? `exit code ${exitCode}` : `killed by ${signal}`
}

/** What it wrote last: of its errors first, and of its output as much as there is room for. */
function tailOf({ stdout, stderr }: Ended): string {
  const errors = stderr.tail(TAIL_BYTES_MAX)
  const room = TAIL_BYTES_MAX - Buffer.byteLength(errors)
  return room > 0 ? stdout.tail(room) + errors : errors
}
