import { availableParallelism } from 'node:os'
import { basename, extname } from 'node:path'
import type { BlobStore } from '../../blob/blob-store.js'
import { checkWhole } from '../../broker/arguments.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import { nodeName } from '../../queue/node.js'
import { Queue, type QueueWorker } from '../../queue/queue.js'
import type { Worker } from '../../queue/worker.js'
import type { RuleAddress } from '../map-output.js'
import type { RunRecord } from '../run-record.js'
import { RuleThreads } from './rule-threads.js'
import { careForRuns, leftRuns, removeLeftFolders } from './run-care.js'
import type { RunEvent } from './run-events.js'
import { runHandler } from './run-job.js'
import { LiveTasks, type RunMeans } from './run-means.js'
import { NOW_QUEUE, RUNS_QUEUE } from './run-payload.js'
import { runQueueWorker } from './run-queue.js'
import { taskHandler, tasksQueue } from './task-job.js'

/** How a process works the runs of a kitchen. */
export interface RunWorkerOptions {
  /** Where blobs are; intermediate files go to its `runsFolder`. */
  readonly store: BlobStore
  /** Runs at once, 1 to 100; 4 unless given. */
  readonly runs?: number
  /** Tasks of all runs at once, each in a thread, 1 to 64; as many as the machine has cores unless given. */
  readonly threads?: number
  /** What all threads may hold together; 512 MiB unless given. */
  readonly memoryBytes?: number
  /** A killed process's runs go on elsewhere after this long; 15,000 unless given. */
  readonly leaseMs?: number
  /** Where this process has a rule, by `MODULE.RULE`; the path that the run was started with unless given, or when it has none. */
  readonly addressOf?: (rule: string) => RuleAddress | undefined
  /** Who works, as status names it; host/pid unless given. */
  readonly name?: string
  /** Called at once, and shall not throw. */
  readonly onEvent?: (event: RunEvent) => void
  /** Told of each failure of the kitchen, which is waited for. */
  readonly onFault?: (error: unknown) => void
}

/** 512 MiB. */
export const MEMORY_BYTES: number = 512 * 1024 * 1024

/** What dead processes left is looked for this often, and no later than a lease. */
const CARE_MS = 15_000

/**
 * Works the runs of a kitchen: queue `rules` holds a job for each run, `rule-tasks` their map and reduce tasks, so that the tasks of one
 * run are done by all processes that work there and see the same folder of blobs.
 *
 * It also takes care of what dead processes left: runs without a job, runs that somebody waited for, and folders of runs that have ended.
 * Stop it before the kitchen is closed.
 */
export class RunWorker implements AsyncDisposable {
  readonly #parts: KitchenParts
  readonly #options: RunWorkerOptions & { readonly leaseMs: number; readonly name: string }
  readonly #threads: RuleThreads
  readonly #means: RunMeans
  readonly #workers: Worker[] = []
  #tasks: QueueWorker | null = null
  /** Those of awaited runs whose process is gone. */
  readonly #stopping = new Set<Worker>()
  #left: Worker | null = null
  #timer: NodeJS.Timeout | null = null
  #caring: Promise<void> = Promise.resolve()
  #finished: Promise<void> = Promise.resolve()

  /** @throws ArgumentError when an option is out of its bounds. */
  constructor({ parts }: { readonly parts: KitchenParts }, options: RunWorkerOptions) {
    const { runs = 4, threads = availableParallelism(), memoryBytes = MEMORY_BYTES, leaseMs = 15_000 } = options
    checkWhole('runs', runs, 1, 100)
    checkWhole('threads', threads, 1, 64)
    checkWhole('memoryBytes', memoryBytes, 64 * 1024 * 1024, Number.MAX_SAFE_INTEGER)
    const { store, onEvent = () => {}, addressOf = () => undefined } = options
    this.#parts = parts
    this.#options = { ...options, runs, leaseMs, name: options.name ?? nodeName() }
    this.#threads = new RuleThreads({ size: threads, memoryBytes })
    this.#means = {
      book: parts.broker,
      label: parts.label,
      tags: parts.broker,
      tasks: parts,
      store,
      runsFolder: store.runsFolder,
      threads: this.#threads,
      addressOf: (record) => addressOf(record.rule) ?? addressIn(record),
      live: new LiveTasks(),
      onEvent,
      isAwaited: (queue) => queue === NOW_QUEUE,
      isShown: () => false,
      processes: true,
      archives: true,
      resultTag: null,
      keeps: false,
    }
  }

  /** Begins to work. Once. */
  start(): void {
    if (this.#tasks !== null) return
    const { leaseMs, name, onFault } = this.#options
    this.#tasks = new Queue(tasksQueue, this.#parts).work(taskHandler(this.#means), {
      concurrency: this.#threads.size,
      leaseMs,
      name,
      ...(onFault !== undefined && { onFault }),
    })
    const runs = this.#worker(RUNS_QUEUE, this.#options.runs ?? 1)
    runs.start()
    this.#workers.push(runs)
    this.#finished = Promise.all([this.#tasks.finished, runs.finished]).then(() => {})
    // Who asks for `finished` is told; who does not has `onFault`.
    this.#finished.catch(() => {})
    this.#timer = setInterval(() => this.#care(), Math.min(CARE_MS, leaseMs)).unref()
    this.#care()
  }

  /**
   * Takes no more and waits for what runs; after `deadlineMs` (none unless given) gives it back, to be gone on with elsewhere. What a run
   * has made by then stands. Safe twice, and before `start`.
   */
  async stop({ deadlineMs }: { readonly deadlineMs?: number } = {}): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    const within = deadlineMs === undefined ? {} : { deadlineMs }
    await this.#caring
    // Runs wait for their tasks, so those go on until no run does.
    await Promise.all(
      [...this.#workers, ...this.#stopping, ...(this.#left === null ? [] : [this.#left])].map((each) =>
        each.stop(within),
      ),
    )
    await this.#tasks?.stop(within)
    await this.#threads.close()
  }

  /** Resolves when it has stopped. @throws What the kitchen failed with for good. */
  get finished(): Promise<void> {
    return this.#finished
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #worker(queue: string, concurrency: number): Worker {
    const { leaseMs, name, onFault = () => {} } = this.#options
    const isOurs = queue === RUNS_QUEUE ? () => true : () => false
    return runQueueWorker(this.#parts, {
      queue,
      run: runHandler(this.#means, { isOurs }),
      concurrency,
      leaseMs,
      name,
      onFault,
    })
  }

  /** Harmless when it fails: the next look does what this one left. */
  #care(): void {
    this.#caring = this.#caring
      .then(async () => {
        const { broker } = this.#parts
        await careForRuns(broker)
        await removeLeftFolders(broker, this.#options.store.runsFolder)
        await this.#doLeft(await leftRuns(broker))
      })
      .catch((error) => this.#options.onFault?.(error))
  }

  /** Works the queue of awaited runs only while one was left there: else two processes would look at each other's. */
  async #doLeft(runs: readonly string[]): Promise<void> {
    if (runs.length > 0 && this.#left === null) {
      this.#left = this.#worker(NOW_QUEUE, 1)
      this.#left.start()
    } else if (runs.length === 0 && this.#left !== null) {
      const left = this.#left
      this.#left = null
      this.#stopping.add(left)
      void left.stop().finally(() => this.#stopping.delete(left))
    }
  }
}

/** Where a rule is, as the run was started. */
const addressIn = ({ rule, module }: Pick<RunRecord, 'rule' | 'module'>): RuleAddress => ({
  module,
  rule: rule.slice(basename(module, extname(module)).length + 1),
})
