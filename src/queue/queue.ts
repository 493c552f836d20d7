import { checkWhole } from '../broker/arguments.js'
import type { Broker } from '../broker/broker.js'
import type { NewJob, Retention } from '../broker/job-store.js'
import type { OpenTransaction } from '../broker/transactions.js'
import type { Backoff, BackoffFunction } from '../core/backoff.js'
import { ArgumentError } from '../core/errors.js'
import type { Json } from '../core/json.js'
import { BATCH_MAX, LEASE_MS_MAX, LEASE_MS_MIN } from '../core/limits.js'
import type { AttemptWork } from './attempt.js'
import { type AttemptEnd, attemptEnd } from './attempt-end.js'
import { type BatchHandler, runBatches } from './batch-run.js'
import { checkSettings, type QueueDefinition } from './definition.js'
import { runHandler } from './handler-run.js'
import type { Handler } from './job.js'
import type { KitchenParts } from './kitchen-parts.js'
import { LivePolicy } from './live-policy.js'
import { nodeName, nodeRecord } from './node.js'
import { FOR_EVER } from './patience.js'
import { checkFits, payloadText } from './payload.js'
import { changePolicy, type PolicyChanges, type QueuePolicy, readPolicy } from './policies.js'
import { SentJob } from './sent-job.js'
import { type Run, type Watched, Worker, type WorkerEvents } from './worker.js'

/** How to send. */
export interface SendOptions extends Omit<NewJob, 'queue' | 'payload'> {
  /** Not before this time, on the store's clock; one that is over is now. Not together with `delayMs` or `expedite`. */
  readonly at?: Date
  /**
   * A transaction of yours on the kitchen's own store: the job is sent when it commits, and never if it rolls back.
   */
  readonly transaction?: OpenTransaction
}

/** How to work a queue; every setting has a default fit for most. The queue's policy in the kitchen goes before all of them. */
export interface WorkOptions {
  /** Jobs that run at once; 10 unless given. */
  readonly concurrency?: number
  /** Attempts before a failure is final, unless the sender said; as the queue's definition says, or 5, unless given. */
  readonly attempts?: number
  /** As the queue's definition says, or exponential from 1 s, unless given. */
  readonly backoff?: Backoff | BackoffFunction
  /** Milliseconds that an attempt may take; then its signal aborts and it has failed. As the definition says, or no bound, unless given. */
  readonly timeoutMs?: number
  /** 15,000 unless given: a killed worker's jobs come back within this time. */
  readonly leaseMs?: number
  /**
   * Ended jobs to keep, each bound by itself; as the definition says, or the newest 100 done and 10,000 others, unless given. Who
   * bounds the age alone keeps all jobs of that age.
   */
  readonly keep?: Partial<Retention>
  /** Who works, as status and history name it; host/pid unless given. */
  readonly name?: string
  /**
   * Told of each failure of the store. What may pass (a full disk, a locked file) is tried again for ever; what may not
   * ends the worker, and {@link QueueWorker.finished} tells.
   */
  readonly onFault?: WorkerEvents['onFault']
  /** Told of each attempt that ended, once the store knows; called at once, and shall not throw. */
  readonly onEnd?: (end: AttemptEnd) => void
}

/** How to work a queue in batches. */
export interface BatchOptions extends WorkOptions {
  /** Batches that run at once; 1 unless given. */
  readonly concurrency?: number
  /** Most jobs in a batch, 1 to 10,000; 100 unless given. With `concurrency`, 10,000 jobs in all. */
  readonly batchMax?: number
  /** Milliseconds that the first job of a batch waits for others, 0 to 60,000; 50 unless given. */
  readonly waitMs?: number
}

/** A worker that a program started. */
export interface QueueWorker extends AsyncDisposable {
  /** Takes no more and waits for what runs; after `deadlineMs` (none unless given) gives back the rest. Safe twice. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
  /** Whether it works, or would if there were work: false until the store has answered, while it fails, and once told to stop. */
  readonly isReady: boolean
  /** Resolves when the worker has stopped. @throws What the store failed with for good: then it works no more. */
  readonly finished: Promise<void>
}

/** A named line of jobs in a kitchen: `Input` is what is sent to it, `Payload` what its handlers are given. */
export class Queue<Input = Json, Payload = unknown> {
  readonly name: string
  readonly #definition: QueueDefinition<Input, Payload>
  readonly #parts: KitchenParts
  readonly #broker: Broker

  constructor(definition: QueueDefinition<Input, Payload>, parts: KitchenParts) {
    this.name = definition.name
    this.#definition = definition
    this.#parts = parts
    this.#broker = parts.broker
  }

  /**
   * Sends one job. Once it resolves the job is durable; sends of one turn of the event loop share a transaction.
   *
   * @returns The job, or with `isNew: false` the one that holds the key already.
   * @throws ArgumentError when an option is out of bounds, JSON cannot hold the payload, or it does not fit the queue's schema: the
   * message names the queue, the place in the payload, and what is wrong. KitchenError when the store fails.
   */
  async send(payload: Input, options: SendOptions = {}): Promise<SentJob> {
    const [sent] = await this.sendMany([payload], options)
    if (sent === undefined) throw new ArgumentError('nothing was sent')
    return sent
  }

  /** Sends one job before everything that waits, also before what was expedited earlier. As {@link send} otherwise. */
  expedite(payload: Input, options: Omit<SendOptions, 'at' | 'delayMs' | 'expedite'> = {}): Promise<SentJob> {
    return this.send(payload, { ...options, expedite: true })
  }

  /** Sends up to 10,000 jobs at once: all or none, in order. */
  async sendMany(payloads: readonly Input[], options: SendOptions = {}): Promise<readonly SentJob[]> {
    const { transaction, at, ...rest } = options
    const job = at === undefined ? rest : { ...rest, delayMs: await this.#delayMs(at, options) }
    const send = payloads.map(
      (payload): NewJob => ({ ...job, queue: this.name, payload: payloadText(this.name, payload) }),
    )
    await this.#checkFit(send)
    const results = transaction ? this.#broker.commitWithin(transaction, [{ send }]) : this.#broker.commit([{ send }])
    const [result] = await results
    this.#parts.metrics?.ofQueue(this.name).sent(result?.sent.filter(({ isNew }) => isNew).length ?? 0)
    return (result?.sent ?? []).map(({ id, isNew }) => new SentJob(id, isNew, this.#parts.results))
  }

  /**
   * Starts to work: takes jobs, calls `handler` for each, and records how it went.
   *
   * A payload that does not fit the queue's schema never reaches the handler: the job is in error at once, the reason and the payload
   * kept, and a person may bring it back.
   *
   * @throws ArgumentError when an option is out of bounds.
   */
  work(handler: Handler<Payload>, options: WorkOptions = {}): QueueWorker {
    const { concurrency = 10 } = options
    checkWhole('concurrency', concurrency, 1, BATCH_MAX)
    return this.#start(options, concurrency, (work) => runHandler(handler as Handler, work))
  }

  /**
   * Starts to work in batches: calls `handler` with as many jobs as are ready, up to `batchMax`, and records how each went. As
   * {@link work} otherwise.
   *
   * @throws ArgumentError when an option is out of bounds.
   */
  workBatches(handler: BatchHandler<Payload>, options: BatchOptions = {}): QueueWorker {
    const { concurrency = 1, batchMax = 100, waitMs = 50 } = options
    checkWhole('batchMax', batchMax, 1, BATCH_MAX)
    checkWhole('concurrency', concurrency, 1, BATCH_MAX)
    checkWhole('concurrency times batchMax', concurrency * batchMax, 1, BATCH_MAX)
    checkWhole('waitMs', waitMs, 0, WAIT_MS_MAX)
    const gathering = { concurrency, batchMax, waitMs }
    return this.#start(options, concurrency * batchMax, (work) => runBatches(handler as BatchHandler, gathering, work))
  }

  /** Gives nobody its jobs until {@link resume}, in the whole fleet. What runs goes on; what is sent waits. */
  async pause(): Promise<void> {
    await this.#broker.pause({ queue: this.name, isPaused: true })
  }

  /** Lets a paused queue go on. */
  async resume(): Promise<void> {
    await this.#broker.pause({ queue: this.name, isPaused: false })
  }

  /** What is said about the queue in the kitchen, for all its workers. */
  policy(): Promise<QueuePolicy> {
    return readPolicy(this.#broker, this.name)
  }

  /**
   * Changes what is said about the queue in the kitchen, for all its workers, which go by it within a second.
   *
   * @returns The whole policy as it stands then.
   * @throws ArgumentError when a change is out of bounds: nothing was changed.
   */
  changePolicy(changes: PolicyChanges): Promise<QueuePolicy> {
    return changePolicy(this.#broker, this.name, changes)
  }

  async #delayMs(at: Date, { delayMs, expedite }: SendOptions): Promise<number> {
    if (!(at instanceof Date) || Number.isNaN(at.getTime())) throw new ArgumentError('at is no date')
    if (delayMs !== undefined || expedite) {
      throw new ArgumentError(`at cannot go together with ${expedite ? 'expedite' : 'delayMs'}`)
    }
    return Math.max(0, Math.round(at.getTime() - (await this.#parts.clock.nowMs())))
  }

  /** All or none: the first that does not fit is the error. Waits only for a schema that makes it wait. */
  async #checkFit(send: readonly NewJob[]): Promise<void> {
    const { payload: schema } = this.#definition
    if (schema === null) return
    for (const { payload } of send) {
      const check = checkFits(this.name, schema, payload)
      if (check !== undefined) await check
    }
  }

  #start(options: WorkOptions, concurrency: number, runOf: (work: AttemptWork) => Run): QueueWorker {
    checkSettings(options)
    const { leaseMs = 15_000, name = nodeName(), onFault, onEnd } = options
    checkWhole('leaseMs', leaseMs, LEASE_MS_MIN, LEASE_MS_MAX)
    const { broker, heartbeat, cancellations, policies, notes, scheduler, workers } = this.#parts
    const definition = this.#definition
    const timeoutMs = options.timeoutMs ?? definition.timeoutMs ?? null
    const policy = new LivePolicy([options, definition], {
      queue: this.name,
      watch: policies,
      onFault: (error) => onFault?.(error),
    })
    const counts = { done: 0, failed: 0 }
    // Not by a listener of `finished`: a worker that fails shall be an unhandled rejection unless the program listens.
    const watched: Watched = {
      begin: () => policy.begin(),
      end: () => {
        policy.end()
        workers.delete(atWork)
        void leaveScheduler()
      },
    }
    const worker = new Worker(
      {
        queue: this.name,
        node: name,
        concurrency,
        overlap: 0,
        leaseMs,
        takeMax: Number.POSITIVE_INFINITY,
        hungMs: timeoutMs,
        keep: () => policy.keep,
        patienceMs: FOR_EVER,
        onIdle: async () => ({ mostMs: Number.POSITIVE_INFINITY }),
      },
      {
        broker,
        heartbeat,
        cancellations,
        watched,
        run: runOf({ policy, timeoutMs, schema: definition.payload, transactions: broker, notes }),
        events: {
          onSettled: (job, ran, result) => {
            const { kind } = ran.outcome
            this.#parts.metrics?.ofQueue(this.name).settled(result === 'lost' ? 'lost' : kind, ran.report.ranMs)
            if (result === 'done' && kind === 'done') counts.done++
            if (result === 'done' && kind === 'error') counts.failed++
            onEnd?.(attemptEnd(job, ran, result))
          },
          ...(onFault === undefined ? {} : { onFault }),
        },
        presence: nodeRecord({ name, role: 'worker', queue: this.name, concurrency }, counts),
      },
    )
    const atWork = { queue: this.name, worker }
    workers.add(atWork)
    worker.start()
    const leaveScheduler = scheduler.join((error) => onFault?.(error))
    const stop = async ({ deadlineMs }: { deadlineMs?: number } = {}) => {
      await worker.stop(deadlineMs === undefined ? {} : { deadlineMs })
      await leaveScheduler()
    }
    return {
      stop,
      finished: worker.finished,
      get isReady() {
        return worker.isReady
      },
      [Symbol.asyncDispose]: () => stop(),
    }
  }
}

/** A batch that waits longer is better a job of a schedule. */
const WAIT_MS_MAX = 60_000
