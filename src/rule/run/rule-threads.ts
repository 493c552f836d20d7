import { messageOf, RuleError } from '../../core/errors.js'
import { type ModuleThread, ModuleThreads } from './module-threads.js'
import { MAPS, stalled } from './stalled-task.js'
import { isLoading, threadsFor } from './start-thread.js'
import { errorOf } from './thread-fault.js'
import {
  GAUGE,
  type TaskRoom,
  type ThreadAnswers,
  type ThreadJob,
  type ThreadOrder,
  type ThreadReply,
  type ThreadTask,
} from './thread-task.js'

/** How many threads, and what they may hold together. */
export interface RuleThreadsOptions {
  /** 1 to 64 tasks at once. */
  readonly size: number
  readonly memoryBytes: number
  /** Whether they work at one run alone: a task that has no other beside it may then use all; false unless given. */
  readonly isOneRun?: boolean
}

/** How one task is watched. */
export interface TaskWatch {
  /** Ends the task: its thread is told, and a second later ended. */
  readonly signal?: AbortSignal
  /** Milliseconds that code of the user's may run without a sign of life. */
  readonly stallMs?: number
  /** Names of those functions of the user's that it may call. */
  readonly functions?: readonly string[]
  readonly onProgress?: (rows: number, bytes: number) => void
}

/** Of these a run has one at a time. */
const SOLE: readonly string[] = ['finish', 'save', 'texts'] satisfies ThreadTask['kind'][]

/** A thread that died takes its task with it, which is done again as often. */
const CRASHES_MAX = 3

/** A thread that was told to end its task is given so long. */
const ABORT_MS = 1_000

/** How often the gauges of a thread are read. */
const LOOK_MS = 100

/** Loading a module takes no longer, whatever `stallMs` the rule in it would say. */
const LOAD_STALL_MS = 30_000

/**
 * Threads that run functions of users, so that the event loop stays free and a function that never ends can be ended.
 *
 * What users print goes to standard error, for the results have standard output.
 */
export class RuleThreads implements AsyncDisposable {
  readonly size: number
  readonly #memoryBytes: number
  readonly #isOneRun: boolean
  #busy = 0
  #isClosed = false
  readonly #threads: ModuleThreads
  readonly #waiting: (() => void)[] = []
  /** How to end each task at work. */
  readonly #active = new Set<() => void>()

  constructor({ size, memoryBytes, isOneRun = false }: RuleThreadsOptions) {
    this.size = size
    this.#memoryBytes = memoryBytes
    this.#isOneRun = isOneRun
    this.#threads = new ModuleThreads(memoryBytes, size)
  }

  /**
   * Does a task once a thread is free.
   *
   * @throws RuleError: that of the task; `stalled`, which says where; `fault` when its thread died three times. The reason of `signal`.
   */
  async run<Kind extends ThreadTask['kind']>(
    order: ThreadOrder & { readonly task: { readonly kind: Kind } },
    watch: TaskWatch = {},
  ): Promise<ThreadAnswers[Kind]> {
    await this.#enter(watch.signal)
    try {
      for (let crashes = 0; ; ) {
        const ended = await this.#attempt(order, watch)
        if (ended.kind === 'answered') return ended.value as ThreadAnswers[Kind]
        if (ended.isFull) throw filled(order, this.#threads.heapMb)
        if (++crashes === CRASHES_MAX) throw crashed(order, ended.why)
      }
    } finally {
      this.#leave()
    }
  }

  /**
   * Starts threads for the tasks that will read an input, beside the one that is at work, so that they are ready by then. Only for a run
   * that has the threads for itself.
   */
  makeReady(order: Omit<ThreadOrder, 'task'>, inputBytes: number): void {
    if (!this.#isOneRun || this.#isClosed) return
    while (this.#threads.count < Math.min(this.size, threadsFor(inputBytes))) this.#threads.makeReady(order)
  }

  /** Ends all threads, once what they were doing has failed. Safe twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const wake of this.#waiting.splice(0)) wake()
    for (const abort of [...this.#active]) abort()
    while (this.#active.size > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS / 4))
    await this.#threads.endAll()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    while (this.#busy >= this.size && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake)
          const at = this.#waiting.indexOf(wake)
          if (at >= 0) this.#waiting.splice(at, 1)
          resolve()
        }
        signal?.addEventListener('abort', wake)
        this.#waiting.push(wake)
      })
      signal?.throwIfAborted()
    }
    signal?.throwIfAborted()
    if (this.#isClosed) throw closedError()
    this.#busy++
  }

  #leave(): void {
    this.#busy--
    this.#waiting[0]?.()
  }

  #attempt(order: ThreadOrder, watch: TaskWatch): Promise<Ended> {
    const slot = this.#threads.take(order)
    const { thread, gauges } = slot
    gauges.fill(0)
    return new Promise<Ended>((resolve, reject) => {
      let why = ''
      let isFull = false
      let aborting: NodeJS.Timeout | null = null
      const over = (): void => {
        clearInterval(looking)
        if (aborting !== null) clearInterval(aborting)
        this.#active.delete(onAbort)
        watch.signal?.removeEventListener('abort', onAbort)
        thread.off('message', onReply).off('error', onError).off('exit', onExit)
      }
      const end = (error: unknown): void => {
        over()
        this.#threads.end(slot)
        reject(error)
      }
      const reason = (): unknown => (watch.signal?.aborted ? watch.signal.reason : closedError())
      const onAbort = (): void => {
        if (aborting !== null) return
        thread.postMessage('abort')
        aborting = setInterval(
          unlessNative(slot, () => end(reason())),
          LOOK_MS,
        )
      }
      this.#active.add(onAbort)
      const { stallMs, functions = [] } = watch
      const onStall = (): void =>
        end(stalled(order, { ms: stallMs ?? LOAD_STALL_MS, isRules: stallMs !== undefined, functions, gauges }))
      const looking = setInterval(look(slot, order, watch, onStall), Math.min(LOOK_MS, (stallMs ?? LOOK_MS) / 2))
      const onReply = (reply: ThreadReply): void => {
        if (watch.onProgress !== undefined) watch.onProgress(gauges[GAUGE.rows] ?? 0, gauges[GAUGE.bytes] ?? 0)
        over()
        if (this.#isClosed) this.#threads.end(slot)
        else this.#threads.rest(slot, reply)
        if (aborting !== null) reject(reason())
        else if (reply.ok) resolve({ kind: 'answered', value: reply.value })
        else reject(errorOf(reply.fault))
      }
      const onError = (error: unknown): void => {
        why = messageOf(error)
        isFull = (error as NodeJS.ErrnoException | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
      }
      const onExit = (code: number): void => {
        over()
        if (aborting !== null) reject(reason())
        else
          resolve({
            kind: 'crashed',
            isFull,
            why: why === '' ? `its code ended the thread, with process.exit and ${code}` : why,
          })
      }
      thread.on('message', onReply).on('error', onError).on('exit', onExit)
      watch.signal?.addEventListener('abort', onAbort)
      thread.postMessage({ order, room: this.#roomOf(order) } satisfies ThreadJob)
      if (watch.signal?.aborted) onAbort()
    })
  }

  #roomOf({ task }: ThreadOrder): TaskRoom {
    const isSole = SOLE.includes(task.kind) || (task.kind === 'reduce' && task.isOnly)
    const share = this.#isOneRun && isSole ? 1 : this.size
    return { memoryBytes: Math.floor(this.#memoryBytes / share), threads: this.size / share }
  }
}

type Ended =
  | { readonly kind: 'answered'; readonly value: unknown }
  | {
      readonly kind: 'crashed'
      readonly why: string
      /** Its heap was, and would be again. */
      readonly isFull: boolean
    }

/** Looks at the gauges of a thread: tells how far it is, and when its user's code has got nowhere for too long. */
function look({ gauges }: ModuleThread, { task }: ThreadOrder, watch: TaskWatch, onStall: () => void): () => void {
  const { stallMs = LOAD_STALL_MS, onProgress } = watch
  let beats = -1
  let sinceMs = performance.now()
  return () => {
    if (onProgress !== undefined && MAPS.includes(task.kind))
      onProgress(gauges[GAUGE.rows] ?? 0, gauges[GAUGE.bytes] ?? 0)
    const now = gauges[GAUGE.beats] ?? 0
    if (now !== beats || gauges[GAUGE.isUser] === 0) {
      beats = now
      sinceMs = performance.now()
    } else if (performance.now() - sinceMs > stallMs && task.kind !== 'save') {
      onStall()
    }
  }
}

/**
 * Ends a task that was told to end and did not, a second later, by ending its thread: not while DuckDB is at work, whose answer to a thread
 * that is gone would end the process (seen with 1.5 as `Napi::Error`). It was interrupted, and answers soon. A function of the user's that
 * gets nowhere holds the thread, so that DuckDB is not at work.
 */
function unlessNative(slot: ModuleThread, end: () => void): () => void {
  const { gauges } = slot
  let beats = gauges[GAUGE.beats]
  let sinceMs = performance.now()
  return () => {
    const isStuck = gauges[GAUGE.isUser] === 1 && gauges[GAUGE.beats] === beats
    if (isLoading(slot) || (!isStuck && gauges[GAUGE.isNative] === 1)) {
      beats = gauges[GAUGE.beats]
      sinceMs = performance.now()
    } else if (performance.now() - sinceMs >= ABORT_MS) end()
  }
}

const closedError = (): RuleError => new RuleError('fault', 'the threads of rules were closed')

const crashed = ({ address, task }: ThreadOrder, why: string): RuleError =>
  new RuleError('fault', `rule ${address.rule}: the thread of its ${task.kind} task died ${CRASHES_MAX} times: ${why}`)

const filled = ({ address, task }: ThreadOrder, heapMb: number): RuleError =>
  new RuleError(
    'fault',
    `rule ${address.rule}: its ${task.kind} task filled the ${heapMb} MiB that a thread may hold`,
    {
      hint: 'Does one of its functions keep what it is given, or make lists without an end? With more memory (--memory) a thread may hold more.',
    },
  )
