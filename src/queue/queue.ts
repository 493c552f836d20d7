import { checkWhole } from '../broker/arguments.js'
import type { Broker } from '../broker/broker.js'
import type { NewJob } from '../broker/job-store.js'
import type { OpenTransaction } from '../broker/transactions.js'
import { ArgumentError } from '../core/errors.js'
import type { JobState } from '../core/job-state.js'
import type { Json } from '../core/json.js'
import { BATCH_MAX } from '../core/limits.js'
import { checkArray, checkOptions } from '../core/members.js'
import type { AttemptWork } from './attempt.js'
import { attemptEnd } from './attempt-end.js'
import { type BatchHandler, runBatches } from './batch-run.js'
import type { QueueDefinition } from './definition.js'
import { runHandler } from './handler-run.js'
import type { Handler } from './job.js'
import { jobPages } from './job-pages.js'
import { type ListedJob, listedJob } from './kept-job.js'
import type { KitchenParts } from './kitchen-parts.js'
import { LivePolicy } from './live-policy.js'
import { nodeName, nodeRecord } from './node.js'
import { FOR_EVER } from './patience.js'
import { checkFits, payloadText } from './payload.js'
import { changePolicy, type PolicyChanges, type QueuePolicy, readPolicy } from './policies.js'
import {
  checkJobsToSend,
  checkSending,
  delayMsUntil,
  EXPEDITE_OPTIONS,
  type ExpediteOptions,
  type JobToSend,
  SEND_OPTIONS,
  type SendOptions,
} from './send-options.js'
import { SentJob } from './sent-job.js'
import type { StandardSchema } from './standard-schema.js'
import { type BatchOptions, checkWorking, type WorkOptions } from './work-options.js'
import { type Run, type Watched, Worker } from './worker.js'

/** A worker that a program started. */
export interface QueueWorker extends AsyncDisposable {
  /** Takes no more and waits for what runs; after `deadlineMs` (none unless given) gives back the rest. Safe twice. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
  /** Whether it works, or would if there were work: false until the store has answered, while it fails, and once told to stop. */
  readonly isReady: boolean
  /** Resolves when the worker has stopped. @throws What the store failed with for good: then it works no more. */
  readonly finished: Promise<void>
}

/** Which jobs to list. */
export interface JobsOptions {
  /** Absent: every state. */
  readonly states?: readonly JobState[]
  /** Only jobs with a later id than this one. */
  readonly after?: string
}

/** No options: the commonest case, in which there is nothing to check. */
const NONE: SendOptions = Object.freeze({})

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
  async send(payload: Input, options: SendOptions = NONE): Promise<SentJob> {
    if (options !== NONE) checkSending('send', options, SEND_OPTIONS)
    return onlyOne(await this.#send([payload], options))
  }

  /** Sends one job before everything that waits, also before what was expedited earlier. As {@link send} otherwise. */
  async expedite(payload: Input, options: ExpediteOptions = NONE): Promise<SentJob> {
    checkSending('expedite', options, EXPEDITE_OPTIONS)
    return onlyOne(await this.#send([payload], { ...options, expedite: true }))
  }

  /**
   * Sends up to 10,000 jobs at once, all in the same way: all or none, in order. As {@link send} otherwise.
   *
   * @throws ArgumentError also for a `key` with several payloads: all but the first would be dropped.
   */
  async sendMany(payloads: readonly Input[], options: SendOptions = NONE): Promise<readonly SentJob[]> {
    checkArray('the payloads of sendMany', payloads)
    if (options !== NONE) checkSending('sendMany', options, SEND_OPTIONS)
    if (options.key !== undefined && payloads.length > 1) {
      throw new ArgumentError(`a key is of one job, and sendMany was given ${payloads.length} payloads`, {
        hint: 'sendAll gives each job its own: sendAll([{ payload, key }, …]).',
      })
    }
    return this.#send(payloads, options)
  }

  /** Sends up to 10,000 jobs at once, each in its own way: all or none, in order. As {@link send} otherwise. */
  async sendAll(
    jobs: readonly JobToSend<Input>[],
    options: Pick<SendOptions, 'transaction'> = NONE,
  ): Promise<readonly SentJob[]> {
    checkOptions('sendAll', options, ['transaction'])
    checkJobsToSend(jobs)
    const nowMs = jobs.some(({ at }) => at !== undefined) ? await this.#parts.clock.nowMs() : 0
    const send = jobs.map(({ payload, at, ...rest }): NewJob => {
      const job = at === undefined ? rest : { ...rest, delayMs: delayMsUntil(at, rest, nowMs) }
      return { ...job, queue: this.name, payload: payloadText(this.name, payload) }
    })
    return this.#commit(send, options.transaction)
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
    checkWorking('work', handler, options)
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
    checkWorking('workBatches', handler, options)
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

  /**
   * Its jobs by id, oldest first, read page by page: memory stays the same for a million. It is not one snapshot: a job may change
   * between two pages.
   *
   * @throws ArgumentError when an option is out of bounds.
   */
  async *jobs(options: JobsOptions = {}): AsyncGenerator<ListedJob, void> {
    checkOptions('jobs', options, ['states', 'after'])
    for await (const page of jobPages(this.#broker, { ...options, queue: this.name })) yield* page.map(listedJob)
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

  #send(payloads: readonly Input[], options: SendOptions): Promise<readonly SentJob[]> {
    const { transaction, at, ...job } = options
    if (at !== undefined) return this.#sendAt(at, payloads, options)
    return this.#commit(this.#jobs(payloads, job), transaction)
  }

  async #sendAt(at: Date, payloads: readonly Input[], options: SendOptions): Promise<readonly SentJob[]> {
    const { transaction, at: _, ...job } = options
    const delayMs = delayMsUntil(at, job, await this.#parts.clock.nowMs())
    return this.#commit(this.#jobs(payloads, { ...job, delayMs }), transaction)
  }

  #jobs(payloads: readonly Input[], job: Omit<NewJob, 'queue' | 'payload'>): readonly NewJob[] {
    return payloads.map((payload) => ({ ...job, queue: this.name, payload: payloadText(this.name, payload) }))
  }

  /** In one step, once all are known to fit. Awaits no more than it must: a lone send pays for each promise before its answer. */
  async #commit(send: readonly NewJob[], transaction: OpenTransaction | undefined): Promise<readonly SentJob[]> {
    if (this.#definition.payload !== null) await this.#checkFit(send, this.#definition.payload)
    const [result] = await (transaction === undefined
      ? this.#broker.commit([{ send }])
      : this.#broker.commitWithin(transaction, [{ send }]))
    this.#parts.metrics?.ofQueue(this.name).sent(result?.sent.filter(({ isNew }) => isNew).length ?? 0)
    return (result?.sent ?? []).map(({ id, isNew }) => new SentJob(id, isNew, this.#parts.results))
  }

  /** All or none: the first that does not fit is the error. Waits only for a schema that makes it wait. */
  async #checkFit(send: readonly NewJob[], schema: StandardSchema): Promise<void> {
    for (const { payload } of send) {
      const check = checkFits(this.name, schema, payload)
      if (check !== undefined) await check
    }
  }

  #start(options: WorkOptions, concurrency: number, runOf: (work: AttemptWork) => Run): QueueWorker {
    const { leaseMs = 15_000, name = nodeName(), onFault, onEnd } = options
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
            this.#parts.results.ended(job.id)
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

function onlyOne([sent]: readonly SentJob[]): SentJob {
  if (sent === undefined) throw new ArgumentError('nothing was sent')
  return sent
}

/** A batch that waits longer is better a job of a schedule. */
const WAIT_MS_MAX = 60_000
