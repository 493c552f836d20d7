import { Worker as Thread } from 'node:worker_threads'
import type { JobStore, Lease } from '../broker/job-store.js'
import type { JsonText } from '../core/json.js'
import type { FromThread, ThreadData, ToThread } from './heartbeat-thread.js'
import { type KeeperEvents, LeaseKeeper } from './lease-keeper.js'

/** Keeps a worker's leases from ending while it works. */
export interface Heartbeat {
  hold(lease: Lease): void
  drop(lease: Lease): void
  announce(presence: { readonly key: string; readonly value: JsonText }): void
  /** Safe twice. */
  stop(): Promise<void>
}

/** Where a heartbeat's own thread opens the kitchen again: a module that exports `openBroker`, and the URL. */
export interface ThreadOpener {
  readonly module: string
  readonly url: string
}

/** What a heartbeat keeps, and how. */
export interface HeartbeatOptions {
  readonly store: JobStore
  /** null: the heartbeat shares the event loop with the work, as the memory engine needs. */
  readonly opener: ThreadOpener | null
  readonly leaseMs: number
  /** A handler that blocks the event loop for longer than this is hung: its leases run out. null: it never is. */
  readonly hungMs: number | null
}

/** How often the event loop shows that it turns. */
const TICK_MS = 500

/** A heartbeat's thread that died is started again after this long; a lease outlasts that. */
const RESTART_MS = 300

/** Starts a heartbeat: in a thread of its own, so that a handler that blocks the event loop cannot lose its lease. */
export function startHeartbeat(options: HeartbeatOptions, events: KeeperEvents): Heartbeat {
  return options.opener === null
    ? startOnLoop(options, events)
    : startInThread({ ...options, opener: options.opener }, events)
}

function startOnLoop({ store, leaseMs }: HeartbeatOptions, events: KeeperEvents): Heartbeat {
  const keeper = new LeaseKeeper({ store, leaseMs, isAlive: () => true }, events)
  keeper.start()
  return {
    hold: (lease) => keeper.hold(lease),
    drop: (lease) => keeper.drop(lease),
    announce: (presence) => void keeper.announce(presence),
    stop: () => keeper.stop(),
  }
}

function startInThread(options: HeartbeatOptions & { opener: ThreadOpener }, events: KeeperEvents): Heartbeat {
  const heartbeat = new ThreadHeartbeat(options, events)
  heartbeat.start()
  return heartbeat
}

/** A heartbeat in a thread of its own. A thread that dies is replaced, and told again what it has to keep. */
class ThreadHeartbeat implements Heartbeat {
  readonly #workerData: ThreadData
  readonly #events: KeeperEvents
  readonly #leases = new Map<number, Lease>()
  #presence: { readonly key: string; readonly value: JsonText } | null = null
  #thread: Thread | null = null
  #ticker: NodeJS.Timeout | null = null
  #isStopping = false

  constructor({ opener, leaseMs, hungMs }: HeartbeatOptions & { opener: ThreadOpener }, events: KeeperEvents) {
    this.#workerData = { ...opener, leaseMs, hungMs, turnedAt: new Float64Array(new SharedArrayBuffer(8)) }
    this.#events = events
  }

  start(): void {
    this.#turned()
    this.#ticker = setInterval(() => this.#turned(), TICK_MS).unref()
    this.#startThread()
  }

  hold(lease: Lease): void {
    this.#leases.set(lease.epoch, lease)
    this.#tell({ kind: 'hold', lease })
  }

  drop(lease: Lease): void {
    this.#leases.delete(lease.epoch)
    this.#tell({ kind: 'drop', lease })
  }

  announce(presence: { readonly key: string; readonly value: JsonText }): void {
    this.#presence = presence
    this.#tell({ kind: 'announce', presence })
  }

  async stop(): Promise<void> {
    if (this.#ticker !== null) clearInterval(this.#ticker)
    this.#isStopping = true
    const thread = this.#thread
    if (thread === null) return
    thread.ref()
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
    this.#tell({ kind: 'stop' })
    await ended
  }

  #turned(): void {
    this.#workerData.turnedAt[0] = Date.now()
  }

  #tell(message: ToThread): void {
    this.#thread?.postMessage(message)
  }

  #startThread(): void {
    // A small heap of its own: it holds a few leases, however large the process has grown.
    const thread = new Thread(new URL('./heartbeat-thread.js', import.meta.url), {
      workerData: this.#workerData,
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    })
    thread.unref()
    thread.on('message', (message: FromThread) => {
      if (message.kind === 'lost') this.#events.onLost(message.leases)
      if (message.kind === 'fault') this.#events.onFault(message.error)
    })
    thread.on('error', (error) => this.#events.onFault(error))
    thread.once('exit', () => this.#ended())
    this.#thread = thread
    for (const lease of this.#leases.values()) this.#tell({ kind: 'hold', lease })
    if (this.#presence !== null) this.#tell({ kind: 'announce', presence: this.#presence })
  }

  #ended(): void {
    this.#thread = null
    if (!this.#isStopping) setTimeout(() => this.#isStopping || this.#startThread(), RESTART_MS).unref()
  }
}
