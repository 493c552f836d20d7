import { endThread, hasLoaded, heapMbOf, type StartedThread, startThread, takeSpareThread } from './start-thread.js'
import type { ThreadOrder, ThreadReply, ThreadTask } from './thread-task.js'

/** A thread, and which module it has. */
export interface ModuleThread extends StartedThread {
  /** The module that it has loaded, and the version; it can load another, but never this one again. */
  readonly label: string
}

/** What DuckDB does nearly alone. */
const DUCKS: readonly ThreadTask['kind'][] = ['reduce', 'finish', 'texts', 'save']

/** Threads, each used again for the same version of the same module, since a module cannot be unloaded. */
export class ModuleThreads {
  /** MiB of a thread. */
  readonly heapMb: number
  readonly #idleMax: number
  readonly #idle: ModuleThread[] = []
  readonly #open = new Set<ModuleThread>()

  /** @param idleMax So many are kept that have no task. */
  constructor(memoryBytes: number, idleMax: number) {
    this.heapMb = heapMbOf(memoryBytes)
    this.#idleMax = idleMax
  }

  /** Threads that there are, with a task or without. */
  get count(): number {
    return this.#open.size
  }

  /** Starts one that gets ready, with DuckDB, for a task to come. */
  makeReady(order: Omit<ThreadOrder, 'task'>): void {
    this.#idle.unshift(this.#opened(startThread(this.heapMb, 'duckdb'), labelOf(order)))
  }

  /** An idle thread that has the module, or a new one: rather the last that had a task than one that still gets ready; for DuckDB, one that has it. */
  take(order: ThreadOrder): ModuleThread {
    const label = labelOf(order)
    const withDuck = DUCKS.includes(order.task.kind)
      ? this.#idle.findLastIndex((one) => one.label === label && hasLoaded(one))
      : -1
    const at = withDuck >= 0 ? withDuck : this.#idle.findLastIndex((one) => one.label === label)
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1)
    const taken = found ?? this.#opened(takeSpareThread(this.heapMb) ?? startThread(this.heapMb), label)
    taken.thread.ref()
    return taken
  }

  /** Keeps a thread for its next task, unless its module has failed to load, which it would do again, or too many are kept. */
  rest(thread: ModuleThread, reply: ThreadReply): void {
    const isStale = !reply.ok && (reply.fault.code === 'rule' || reply.fault.code === 'changed')
    if (isStale) {
      this.end(thread)
      return
    }
    thread.thread.unref()
    this.#idle.push(thread)
    const [oldest] = this.#idle
    if (oldest !== undefined && this.#idle.length > this.#idleMax) {
      this.#idle.shift()
      this.end(oldest)
    }
  }

  end(thread: ModuleThread): void {
    void endThread(thread)
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#open].map(endThread))
  }

  #opened(started: StartedThread, label: string): ModuleThread {
    const opened = { ...started, label }
    const { thread } = opened
    thread.stdout.on('data', (chunk: Buffer) => process.stderr.write(chunk))
    this.#open.add(opened)
    thread.on('exit', () => {
      this.#open.delete(opened)
      const at = this.#idle.indexOf(opened)
      if (at >= 0) this.#idle.splice(at, 1)
    })
    return opened
  }
}

const labelOf = ({ address, version }: Omit<ThreadOrder, 'task'>): string => `${version ?? ''} ${address.module}`
