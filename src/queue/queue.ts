import { checkWhole } from '../broker/arguments.js'
import type { Broker } from '../broker/broker.js'
import type { NewJob, Retention, SentJob } from '../broker/job-store.js'
import type { OpenTransaction } from '../broker/transactions.js'
import { type Backoff, exponential } from '../core/backoff.js'
import { ArgumentError } from '../core/errors.js'
import type { Json, JsonText } from '../core/json.js'
import { BATCH_MAX, LEASE_MS_MAX, LEASE_MS_MIN } from '../core/limits.js'
import { runHandler } from './handler-run.js'
import type { Heartbeat } from './heartbeat.js'
import type { Handler } from './job.js'
import { nodeName, nodeRecord } from './node.js'
import type { PatienceMs } from './settler.js'
import { Worker, type WorkerEvents } from './worker.js'

/** How to send. */
export interface SendOptions extends Omit<NewJob, 'queue' | 'payload'> {
  /**
   * A transaction of yours on the kitchen's own store: the job is sent when it commits, and never if it rolls back.
   */
  readonly transaction?: OpenTransaction
}

/** How to work a queue; every setting has a default fit for most. */
export interface WorkOptions {
  /** Jobs that run at once; 10 unless given. */
  readonly concurrency?: number
  /** Attempts before a failure is final, unless the sender said; 5 unless given. */
  readonly attempts?: number
  /** Exponential from 1 s unless given. */
  readonly backoff?: Backoff
  /** Milliseconds that an attempt may take; then its signal aborts and it has failed. No bound unless given. */
  readonly timeoutMs?: number
  /** 15,000 unless given: a killed worker's jobs come back within this time. */
  readonly leaseMs?: number
  /** Ended jobs to keep; the newest 100 done and 10,000 others unless given. */
  readonly keep?: Partial<Retention>
  /** Who works, as status and history name it; host/pid unless given. */
  readonly name?: string
  /**
   * Told of each failure of the store. What may pass (a full disk, a locked file) is tried again for ever; what may not
   * ends the worker, and {@link QueueWorker.finished} tells.
   */
  readonly onFault?: WorkerEvents['onFault']
}

const KEEP: Retention = { doneMax: 100, errorMax: 10_000 }

/** A worker that a program started. */
export interface QueueWorker extends AsyncDisposable {
  /** Takes no more and waits for what runs; after `deadlineMs` (none unless given) gives back the rest. Safe twice. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
  /** Whether it works, or would if there were work: false until the store has answered, while it fails, and once told to stop. */
  readonly isReady: boolean
  /** Resolves when the worker has stopped. @throws What the store failed with for good: then it works no more. */
  readonly finished: Promise<void>
}

/** A named line of jobs in a kitchen. */
export class Queue {
  readonly name: string
  readonly #broker: Broker
  readonly #heartbeat: Heartbeat

  constructor(name: string, broker: Broker, heartbeat: Heartbeat) {
    this.name = name
    this.#broker = broker
    this.#heartbeat = heartbeat
  }

  /**
   * Sends one job. Once it resolves the job is durable; sends of one turn of the event loop share a transaction.
   *
   * @returns The job, or with `isNew: false` the one that holds the key already.
   * @throws ArgumentError when an option is out of bounds or JSON cannot hold the payload. KitchenError when the store fails.
   */
  async send(payload: Json, options: SendOptions = {}): Promise<SentJob> {
    const [sent] = await this.sendMany([payload], options)
    if (sent === undefined) throw new ArgumentError('nothing was sent')
    return sent
  }

  /** Sends up to 10,000 jobs at once: all or none, in order. */
  async sendMany(payloads: readonly Json[], options: SendOptions = {}): Promise<readonly SentJob[]> {
    const { transaction, ...rest } = options
    const send = payloads.map((payload): NewJob => ({ ...rest, queue: this.name, payload: textOf(payload) }))
    const results = transaction ? this.#broker.commitWithin(transaction, [{ send }]) : this.#broker.commit([{ send }])
    const [result] = await results
    return result?.sent ?? []
  }

  /**
   * Starts to work: takes jobs, calls `handler` for each, and records how it went.
   *
   * @throws ArgumentError when an option is out of bounds.
   */
  work(handler: Handler, options: WorkOptions = {}): QueueWorker {
    const { concurrency = 10, attempts = 5, timeoutMs = null, leaseMs = 15_000, name = nodeName() } = options
    const { backoff = exponential(), keep, onFault } = options
    checkWork({ concurrency, attempts, timeoutMs, leaseMs })
    const counts = { done: 0, failed: 0 }
    const worker = new Worker(
      {
        queue: this.name,
        node: name,
        concurrency,
        overlap: 0,
        leaseMs,
        takeMax: Number.POSITIVE_INFINITY,
        hungMs: timeoutMs,
        keep: { ...KEEP, ...keep },
        patienceMs: FOR_EVER,
        onIdle: async () => ({ mostMs: Number.POSITIVE_INFINITY }),
      },
      {
        broker: this.#broker,
        heartbeat: this.#heartbeat,
        run: runHandler(handler, { attemptsMax: attempts, backoff, random: Math.random, timeoutMs }, this.#broker),
        events: {
          onSettled: (_, { outcome: { kind } }, result) => {
            if (result === 'done' && kind === 'done') counts.done++
            if (result === 'done' && kind === 'error') counts.failed++
          },
          ...(onFault === undefined ? {} : { onFault }),
        },
        presence: nodeRecord({ name, role: 'worker', queue: this.name, concurrency }, counts),
      },
    )
    worker.start()
    const stop = async ({ deadlineMs }: { deadlineMs?: number } = {}) =>
      worker.stop(deadlineMs === undefined ? {} : { deadlineMs })
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

/** A worker of a program goes on until it is told to stop. */
const FOR_EVER: PatienceMs = {
  unreachable: Number.POSITIVE_INFINITY,
  busy: Number.POSITIVE_INFINITY,
  full: Number.POSITIVE_INFINITY,
}

/** As long as a timer of Node can be. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1

interface Checked {
  readonly concurrency: number
  readonly attempts: number
  readonly timeoutMs: number | null
  readonly leaseMs: number
}

function checkWork({ concurrency, attempts, timeoutMs, leaseMs }: Checked): void {
  checkWhole('concurrency', concurrency, 1, BATCH_MAX)
  checkWhole('attempts', attempts, 1, Number.MAX_SAFE_INTEGER)
  checkWhole('leaseMs', leaseMs, LEASE_MS_MIN, LEASE_MS_MAX)
  if (timeoutMs !== null) checkWhole('timeoutMs', timeoutMs, 1, TIMEOUT_MS_MAX)
}

function textOf(payload: Json): JsonText {
  const text = JSON.stringify(payload)
  if (text === undefined) throw new ArgumentError(`JSON cannot hold a payload of type ${typeof payload}`)
  return text
}
