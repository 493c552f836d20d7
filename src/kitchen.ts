import type { Blobs } from './blob/blobs.js'
import type { Broker } from './broker/broker.js'
import type { Change, Changed } from './broker/control.js'
import type { Clock } from './core/clock.js'
import { ArgumentError } from './core/errors.js'
import type { Json } from './core/json.js'
import { checkObject, checkOptions } from './core/members.js'
import { absoluteUrl, defaultStoreUrl, type OpenOptions, openBroker, withoutPassword } from './engines.js'
import type { BatchHandler } from './queue/batch-run.js'
import { type Cancelled, cancelJob } from './queue/cancellations.js'
import { checkDefinition, Definitions, defineQueue, type QueueDefinition } from './queue/definition.js'
import type { Heartbeat } from './queue/heartbeat.js'
import type { Handler } from './queue/job.js'
import { type KeptJob, keptJob } from './queue/kept-job.js'
import { type KitchenParts, kitchenParts } from './queue/kitchen-parts.js'
import { Marble } from './queue/marble.js'
import type { MarbleOptions } from './queue/marble-options.js'
import { Metrics } from './queue/metrics.js'
import { MetricsServer, type MetricsServerOptions } from './queue/metrics-server.js'
import { readNotes } from './queue/notes.js'
import { Queue, type QueueWorker } from './queue/queue.js'
import type { ResultOptions } from './queue/results.js'
import { Schedules } from './queue/schedules.js'
import type { JobToSend, SendOptions } from './queue/send-options.js'
import type { SentJob } from './queue/sent-job.js'
import type { BatchOptions, WorkOptions } from './queue/work-options.js'

/** One open store of jobs and records. */
export class Kitchen implements AsyncDisposable {
  readonly url: string
  readonly broker: Broker
  /** Keeps the leases of all workers that this process has on this kitchen. */
  readonly heartbeat: Heartbeat
  /** What all its queues share in this process. */
  readonly parts: KitchenParts
  readonly #definitions = new Definitions()

  /** @param clock What schedules go by; for tests. */
  constructor(url: string, broker: Broker, clock?: Clock) {
    this.url = url
    this.broker = broker
    // A thread can open this kitchen again, unless it lives in this one.
    const threadUrl = broker.capabilities.opensInThreads ? url : null
    this.parts = kitchenParts(broker, withoutPassword(url), threadUrl, clock)
    this.heartbeat = this.parts.heartbeat
  }

  /**
   * A named line of jobs; it comes into being with its first job.
   *
   * By its definition, payloads are checked as that says. By its name alone, nothing is checked when a job is sent, and a handler
   * is given `unknown`.
   *
   * @throws ArgumentError that names the fields, when this program used another definition of the queue that says otherwise.
   */
  queue(name: string): Queue
  queue<Input, Payload>(definition: QueueDefinition<Input, Payload>): Queue<Input, Payload>
  queue(queue: string | QueueDefinition): Queue {
    if (typeof queue === 'string') return new Queue(defineQueue({ name: queue }), this.parts)
    checkDefinition(queue)
    this.#definitions.use(queue)
    return new Queue(queue, this.parts)
  }

  /** What sends jobs at stated times; a `Scheduler` ticks them. */
  get schedules(): Schedules {
    return new Schedules(this.broker)
  }

  /** Sends one job, as `Queue.send` does. */
  send<Input, Payload>(
    queue: QueueDefinition<Input, Payload>,
    payload: NoInfer<Input>,
    options?: SendOptions,
  ): Promise<SentJob> {
    return this.queue(queue).send(payload, options)
  }

  /** Sends up to 10,000 jobs at once, all or none, as `Queue.sendMany` does. */
  sendMany<Input, Payload>(
    queue: QueueDefinition<Input, Payload>,
    payloads: readonly NoInfer<Input>[],
    options?: SendOptions,
  ): Promise<readonly SentJob[]> {
    return this.queue(queue).sendMany(payloads, options)
  }

  /** Sends up to 10,000 jobs at once, each with its own options, all or none, as `Queue.sendAll` does. */
  sendAll<Input, Payload>(
    queue: QueueDefinition<Input, Payload>,
    jobs: readonly JobToSend<NoInfer<Input>>[],
    options?: Pick<SendOptions, 'transaction'>,
  ): Promise<readonly SentJob[]> {
    return this.queue(queue).sendAll(jobs, options)
  }

  /** Starts to work a queue, as `Queue.work` does. */
  work<Input, Payload>(
    queue: QueueDefinition<Input, Payload>,
    handler: Handler<NoInfer<Payload>>,
    options?: WorkOptions,
  ): QueueWorker {
    return this.queue(queue).work(handler, options)
  }

  /** Starts to work a queue in batches, as `Queue.workBatches` does. */
  workBatches<Input, Payload>(
    queue: QueueDefinition<Input, Payload>,
    handler: BatchHandler<NoInfer<Payload>>,
    options?: BatchOptions,
  ): QueueWorker {
    return this.queue(queue).workBatches(handler, options)
  }

  /**
   * Resolves with what a job's handler returned, whichever process did it; undefined when it returned nothing.
   *
   * It looks after 5 ms, and then less and less often, four times a second at last, and at once when a worker of this process has
   * ended the job; all results that a process awaits share those looks. A result stays as long as its job: the queue's `keep` must outlast those who ask.
   *
   * @throws JobFailedError when the job ended in error or was cancelled. KitchenError `missing` when there is no such job, or no
   * longer. TimeoutError when it has not ended within `timeoutMs`, 30 s unless given; it goes on all the same.
   */
  result(id: string, options?: ResultOptions): Promise<Json | undefined> {
    return this.parts.results.of(id, options)
  }

  /**
   * Cancels a job, whichever process runs it. One that waits has ended when this resolves. One that runs is told to stop: its signal
   * aborts within a second. A handler that then throws, or does not end within 5 s, ends its job as cancelled; one that returns has
   * done it after all.
   *
   * @param reason Stays with the job.
   */
  cancel(id: string, reason = ''): Promise<Cancelled> {
    return cancelJob(this.broker, id, reason)
  }

  /**
   * Makes a job ready now: of one in error or cancelled its failures and crashes are forgotten, and a scheduled one need not wait.
   *
   * @returns What came of it; only `changed` took effect.
   */
  async retry(id: string): Promise<Changed> {
    return this.#change(id, { kind: 'retry' })
  }

  /** Deletes a job that does not run, and its history. @returns What came of it; only `changed` took effect. */
  async drop(id: string): Promise<Changed> {
    return this.#change(id, { kind: 'drop' })
  }

  /** One job with all that is known of its attempts and what its handlers noted; undefined when there is none, or no longer. */
  async job(id: string): Promise<KeptJob | undefined> {
    const [life, notes] = await Promise.all([this.broker.job(id), readNotes(this.broker, id)])
    return life && keptJob(life, notes)
  }

  /** A hand for a script that takes jobs by `wait` and `finish`. @throws ArgumentError when an option is out of bounds. */
  marble(options?: MarbleOptions): Marble {
    return new Marble(this.parts, options)
  }

  /**
   * Tagged blobs: contents in a store, tags in this kitchen.
   *
   * @param storeUrl `file:FOLDER`. Unless given: `blobs` beside a kitchen that is a file, else `.hob/blobs`. One store for one kitchen.
   * @throws BlobError `url` when it names no store.
   */
  async blobs(storeUrl: string = defaultStoreUrl(this.url)): Promise<Blobs> {
    const [{ Blobs }, { openBlobStore }] = await Promise.all([
      import('./blob/blobs.js'),
      import('./blob/open-blob-store.js'),
    ])
    return new Blobs(this.broker, await openBlobStore(storeUrl), this.parts.label)
  }

  /**
   * What this process counts of its work on this kitchen from the first call on, and what the kitchen's counters say: as Prometheus
   * text and as an object.
   */
  async metrics(): Promise<Metrics> {
    this.parts.metrics ??= await Metrics.load(this.broker)
    return this.parts.metrics
  }

  /** Serves {@link metrics} at `/metrics`, on 127.0.0.1 unless told otherwise, and at `/ready` whether all workers are ready. */
  async serveMetrics(options: Omit<MetricsServerOptions, 'isReady'>): Promise<MetricsServer> {
    const isReady = () => [...this.parts.workers].every(({ worker }) => worker.isReady)
    return MetricsServer.start(await this.metrics(), { ...options, isReady })
  }

  async #change(id: string, change: Change): Promise<Changed> {
    const [changed] = await this.broker.change([id], change)
    return changed ?? 'missing'
  }

  /** Lets go of the store; stop the workers first. Safe twice. */
  async close(): Promise<void> {
    await this.parts.scheduler.close()
    await this.broker.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Opens the kitchen that a URL names.
 *
 * @param url `sqlite:FILE`, with `?synchronous=normal` to trade a loss window for speed; `redis://…` or `postgres://…` for several
 * machines; or `memory:`, for tests.
 * @throws KitchenError when the URL names no kitchen, or it cannot be opened. ArgumentError when it is no text.
 */
export async function openKitchen(url: string, options: OpenOptions = {}): Promise<Kitchen> {
  if (typeof url !== 'string') {
    throw new ArgumentError('the URL of a kitchen must be a text', {
      hint: `It is ${url === null ? 'null' : typeof url}: is an environment variable not set?`,
    })
  }
  checkOptions('openKitchen', options, ['create'])
  // Errors name the file as the caller did; what is opened later must be the same, wherever the process goes.
  const lasting = absoluteUrl(url)
  return new Kitchen(lasting, await openBroker(url, options))
}

/**
 * Opens the kitchen that a URL names for one marble, which closes it when it is closed.
 *
 * @throws KitchenError as `openKitchen`; ArgumentError when an option is out of bounds.
 */
export async function openMarble(url: string, options: MarbleOptions & OpenOptions = {}): Promise<Marble> {
  checkObject('the options of a marble', options)
  const { create = true, ...rest } = options
  const kitchen = await openKitchen(url, { create })
  try {
    return new Marble({ ...kitchen.parts, onClose: () => kitchen.close() }, rest)
  } catch (error) {
    await kitchen.close()
    throw error
  }
}
