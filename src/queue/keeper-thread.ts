import { Worker as Thread } from 'node:worker_threads'
import type { Lease } from '../broker/job-store.js'
import type { FromThread, ThreadData, ToThread } from './heartbeat-thread.js'
import type { Keeper, KeeperEvents, PartId, PartOptions, Presence } from './lease-keeper.js'

/** How often the event loop shows that it turns. */
const TICK_MS = 500

/** A thread that died is started again after this long; a lease outlasts that. */
const RESTART_MS = 300

/** What is kept for one worker, to be told again to a thread that replaces one that died. */
interface Part {
  readonly options: PartOptions
  readonly leases: Map<number, Lease>
  presence: Presence | null
}

/** A keeper in a thread of its own, which runs while it has something to keep. */
export class KeeperThread implements Keeper {
  readonly #url: string
  readonly #events: KeeperEvents
  readonly #turnedAt = new Float64Array(new SharedArrayBuffer(8))
  readonly #parts = new Map<PartId, Part>()
  /** Called when a part is known to have left. */
  readonly #leaving = new Map<PartId, () => void>()
  #thread: Thread | null = null
  #restart: NodeJS.Timeout | null = null
  #ticker: NodeJS.Timeout | null = null

  /** @param url Where the thread opens the kitchen again. */
  constructor(url: string, events: KeeperEvents) {
    this.#url = url
    this.#events = events
  }

  join(part: PartId, options: PartOptions): void {
    this.#parts.set(part, { options, leases: new Map(), presence: null })
    if (this.#thread !== null) this.#tell({ kind: 'join', part, options })
    else if (this.#restart === null) this.#start()
  }

  hold(part: PartId, lease: Lease): void {
    this.#parts.get(part)?.leases.set(lease.epoch, lease)
    this.#tell({ kind: 'hold', part, lease })
  }

  drop(part: PartId, lease: Lease): void {
    this.#parts.get(part)?.leases.delete(lease.epoch)
    this.#tell({ kind: 'drop', part, lease })
  }

  announce(part: PartId, presence: Presence): void {
    const kept = this.#parts.get(part)
    if (kept !== undefined) kept.presence = presence
    this.#tell({ kind: 'announce', part, presence })
  }

  async leave(part: PartId): Promise<void> {
    this.#parts.delete(part)
    const thread = this.#thread
    if (thread !== null) {
      // Nothing else may keep the process alive until the thread has answered.
      thread.ref()
      await new Promise<void>((resolve) => {
        this.#leaving.set(part, resolve)
        this.#tell({ kind: 'leave', part })
      })
      // Others may still wait for it: to leave, or to see it end.
      if (thread === this.#thread && this.#leaving.size === 0) thread.unref()
    }
    if (this.#parts.size === 0) await this.#stop()
  }

  #start(): void {
    this.#turned()
    this.#ticker ??= setInterval(() => this.#turned(), TICK_MS).unref()
    const workerData: ThreadData = { url: this.#url, turnedAt: this.#turnedAt }
    // Of the bundle, which starts in half of the processor time of its modules one by one. A small heap of its own: it holds a few
    // leases, however large the process has grown.
    const thread = new Thread(new URL('../bin/heartbeat-thread.cjs', import.meta.url), {
      workerData,
      ...threadArguments(),
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    })
    thread.unref()
    thread.on('message', (message: FromThread) => this.#told(message))
    thread.on('error', (error) => this.#events.onFault(error))
    thread.once('exit', () => this.#ended(thread))
    this.#thread = thread
    for (const [part, { options, leases, presence }] of this.#parts) {
      this.#tell({ kind: 'join', part, options })
      for (const lease of leases.values()) this.#tell({ kind: 'hold', part, lease })
      if (presence !== null) this.#tell({ kind: 'announce', part, presence })
    }
  }

  async #stop(): Promise<void> {
    if (this.#ticker !== null) clearInterval(this.#ticker)
    if (this.#restart !== null) clearTimeout(this.#restart)
    this.#ticker = null
    this.#restart = null
    const thread = this.#thread
    if (thread === null) return
    // From here on it is nobody's: a worker that joins now gets another thread.
    this.#thread = null
    thread.ref()
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
    thread.postMessage({ kind: 'stop' } satisfies ToThread)
    await ended
  }

  #turned(): void {
    this.#turnedAt[0] = Date.now()
  }

  #tell(message: ToThread): void {
    this.#thread?.postMessage(message)
  }

  #told(message: FromThread): void {
    if (message.kind === 'lost') this.#events.onLost(message.part, message.leases)
    if (message.kind === 'fault') this.#events.onFault(message.error)
    if (message.kind === 'left') this.#left(message.part)
  }

  #left(part: PartId): void {
    this.#leaving.get(part)?.()
    this.#leaving.delete(part)
  }

  #ended(thread: Thread): void {
    if (thread !== this.#thread) return
    this.#thread = null
    for (const part of [...this.#leaving.keys()]) this.#left(part)
    if (this.#parts.size === 0) return
    this.#restart = setTimeout(() => {
      this.#restart = null
      this.#start()
    }, RESTART_MS).unref()
  }
}

/**
 * None are named as a rule: the thread then has by itself what this process was told, of which it would refuse some when they are
 * named (`--no-opt`). With `--input-type`, which is for a script on the command line alone, it would not start.
 */
const threadArguments = (): { readonly execArgv?: string[] } =>
  process.execArgv.some((word) => word.startsWith('--input-type')) ? { execArgv: [] } : {}
