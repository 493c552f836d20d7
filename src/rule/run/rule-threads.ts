import { formatDuration } from '../../core/duration.js'
import { RuleError } from '../../core/errors.js'
import {
  endThread,
  hasLoaded,
  heapMbOf,
  isLoading,
  type StartedThread,
  startThread,
  takeSpareThread,
  threadsFor,
} from './start-thread.js'
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

/** Functions that are named where one of them got nowhere. */
const FUNCTIONS_TOLD = 5

/** A thread, and what it does. */
interface Slot extends StartedThread {
  /** The module that it has loaded, and the version; it can load another, but never this one again. */
  readonly label: string
}

/**
 * Threads that run functions of users, so that the event loop stays free and a function that never ends can be ended.
 *
 * A thread is used again for the same version of the same module, since a module cannot be unloaded. What users print goes to standard
 * error, for the results have standard output.
 */
export class RuleThreads implements AsyncDisposable {
  readonly size: number
  readonly #memoryBytes: number
  readonly #isOneRun: boolean
  #busy = 0
  #isClosed = false
  readonly #idle: Slot[] = []
  readonly #open = new Set<Slot>()
  readonly #waiting: (() => void)[] = []
  /** How to end each task at work. */
  readonly #active = new Set<() => void>()

  constructor({ size, memoryBytes, isOneRun = false }: RuleThreadsOptions) {
    this.size = size
    this.#memoryBytes = memoryBytes
    this.#isOneRun = isOneRun
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
        if (ended.isFull) throw filled(order, this.#heapMb)
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
    const label = labelOf(order)
    while (this.#open.size < Math.min(this.size, threadsFor(inputBytes))) {
      this.#idle.unshift(this.#slotOf(startThread(this.#heapMb, 'duckdb'), label))
    }
  }

  /** Ends all threads, once what they were doing has failed. Safe twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const wake of this.#waiting.splice(0)) wake()
    for (const abort of [...this.#active]) abort()
    while (this.#active.size > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS / 4))
    await Promise.all([...this.#open].map(endThread))
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

  get #heapMb(): number {
    return heapMbOf(this.#memoryBytes)
  }

  #attempt(order: ThreadOrder, watch: TaskWatch): Promise<Ended> {
    const slot = this.#take(order)
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
        this.#end(slot)
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
      const onStall = (): void => end(stalled(order, watch, gauges))
      const looking = setInterval(look(slot, order, watch, onStall), Math.min(LOOK_MS, (watch.stallMs ?? LOOK_MS) / 2))
      const onReply = (reply: ThreadReply): void => {
        if (watch.onProgress !== undefined) watch.onProgress(gauges[GAUGE.rows] ?? 0, gauges[GAUGE.bytes] ?? 0)
        over()
        this.#rest(slot, reply)
        if (aborting !== null) reject(reason())
        else if (reply.ok) resolve({ kind: 'answered', value: reply.value })
        else reject(errorOf(reply.fault))
      }
      const onError = (error: unknown): void => {
        why = error instanceof Error ? error.message : String(error)
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

  /** An idle thread that has the module, or a new one: rather the last that had a task than one that still gets ready; for DuckDB, one that has it. */
  #take(order: ThreadOrder): Slot {
    const label = labelOf(order)
    const withDuck = DUCKS.includes(order.task.kind)
      ? this.#idle.findLastIndex((slot) => slot.label === label && hasLoaded(slot))
      : -1
    const at = withDuck >= 0 ? withDuck : this.#idle.findLastIndex((slot) => slot.label === label)
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1)
    found?.thread.ref()
    return found ?? this.#start(label)
  }

  #start(label: string): Slot {
    const started = takeSpareThread(this.#heapMb) ?? startThread(this.#heapMb)
    started.thread.ref()
    return this.#slotOf(started, label)
  }

  #slotOf(started: StartedThread, label: string): Slot {
    const slot = { ...started, label }
    const { thread } = slot
    thread.stdout.on('data', (chunk: Buffer) => process.stderr.write(chunk))
    this.#open.add(slot)
    thread.on('exit', () => {
      this.#open.delete(slot)
      const at = this.#idle.indexOf(slot)
      if (at >= 0) this.#idle.splice(at, 1)
    })
    return slot
  }

  /** Kept for the next task, unless its module has failed to load, which it would do again, or too many are kept. */
  #rest(slot: Slot, reply: ThreadReply): void {
    const isStale = !reply.ok && (reply.fault.code === 'rule' || reply.fault.code === 'changed')
    if (isStale || this.#isClosed) {
      this.#end(slot)
      return
    }
    slot.thread.unref()
    this.#idle.push(slot)
    const [oldest] = this.#idle
    if (oldest !== undefined && this.#idle.length > this.size) {
      this.#idle.shift()
      this.#end(oldest)
    }
  }

  #end(slot: Slot): void {
    void endThread(slot)
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

const labelOf = ({ address, version }: Omit<ThreadOrder, 'task'>): string => `${version ?? ''} ${address.module}`

/** Looks at the gauges of a thread: tells how far it is, and when its user's code has got nowhere for too long. */
function look({ gauges }: Slot, { task }: ThreadOrder, watch: TaskWatch, onStall: () => void): () => void {
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

const closedError = (): RuleError => new RuleError('fault', 'the threads of rules were closed')

/**
 * Ends a task that was told to end and did not, a second later, by ending its thread: not while DuckDB is at work, whose answer to a thread
 * that is gone would end the process (seen with 1.5 as `Napi::Error`). It was interrupted, and answers soon. A function of the user's that
 * gets nowhere holds the thread, so that DuckDB is not at work.
 */
function unlessNative(slot: Slot, end: () => void): () => void {
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

/** What the user needs to find the function: the rule, the files, and about which record. */
function stalled({ address, task }: ThreadOrder, watch: TaskWatch, gauges: Float64Array): RuleError {
  const what = { facts: 'the loading of its module', call: task.kind === 'call' ? task.call : '' } as Partial<
    Record<ThreadTask['kind'], string>
  >
  const rows = gauges[GAUGE.rows] ?? 0
  const group = gauges[GAUGE.group] ?? 0
  const names = inputsOf(task)
  const files = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
  const sample = PLANS.includes(task.kind) ? 'a sample of ' : ''
  const own = oneOf(watch.functions ?? [])
  const where =
    MAPS.includes(task.kind) || PLANS.includes(task.kind)
      ? `${own ?? 'a function'}, at ${group > 0 ? `group ${group} of the records` : `record ${rows + 1}`} of ${sample}${files},`
      : (what[task.kind] ?? own ?? 'a function of its reduce or postprocess')
  const long = formatDuration(watch.stallMs ?? LOAD_STALL_MS)
  return new RuleError('stalled', `rule ${address.rule}: ${where} made no progress for ${long} and was ended`, {
    hint:
      watch.stallMs === undefined
        ? 'Does it wait for something, or never end?'
        : 'Does it end for every record? stallMs of the rule says how long it may take.',
  })
}

/** Which of them it was, its thread cannot tell any more. */
function oneOf(names: readonly string[]): string | null {
  const [only] = names
  if (only === undefined || names.length === 1) return only ?? null
  return `one of ${names.slice(0, FUNCTIONS_TOLD).join(', ')}${names.length > FUNCTIONS_TOLD ? ' …' : ''}`
}

/** Names of what a task reads by the rule's functions. */
function inputsOf(task: ThreadTask): readonly string[] {
  if (task.kind === 'map') return task.pieces.map(({ name }) => name)
  if (task.kind === 'plan') return [...task.inputs, ...task.results].map(({ name }) => name)
  return ['what the run kept']
}

const MAPS: readonly ThreadTask['kind'][] = ['map', 'keptMap']
/** What DuckDB does nearly alone. */
const DUCKS: readonly ThreadTask['kind'][] = ['reduce', 'finish', 'texts', 'save']
const PLANS: readonly ThreadTask['kind'][] = ['plan', 'keptPlan']

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
