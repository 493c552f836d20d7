import { Waiters } from '../waiters.js'
import type { Wakeups } from '../wakeups.js'
import type { Link } from './link.js'
import { RedisTopics } from './topics.js'
import type { Writer } from './writer.js'

/** Between two looks at all queues that are waited for: an idle process asks no more often, whatever it waits for. */
const LOOK_MS = 6_000

/** What the last empty take of a queue told: nothing until `dueAtMs`, unless something was heard since it was asked for. */
interface Known {
  readonly heard: number
  readonly dueAtMs: number
}

/**
 * Waiting on Redis: scripts publish on a queue's channel when something is ready in it where nothing was, or is due before
 * all that was known, unless the queue is paused; and when it goes on again. The channel is subscribed to when somebody first waits, and from then on: so the next waits need no
 * round trip when the take before them said when something will be due.
 *
 * A message may be lost with its connection, so all queues that are waited for are looked at now and then, in one round trip.
 */
export class RedisWakeups implements Wakeups {
  readonly #link: Link
  readonly #writer: Writer
  readonly #id: string
  readonly #topics: RedisTopics
  readonly #waiters = new Waiters(() => this.#rest())
  /** By queue: how often something was heard of it. A queue is here once its channel was asked for. */
  readonly #heard = new Map<string, number>()
  readonly #known = new Map<string, Known>()
  /** Calls off the look that is planned; null when none is. */
  #callOff: (() => void) | null = null
  #lookAtMs = Number.POSITIVE_INFINITY
  #isLooking = false

  constructor(link: Link, writer: Writer, id: string) {
    this.#link = link
    this.#writer = writer
    this.#id = id
    // A Cluster's client takes another node for its subscriptions when one is lost, and tells nobody.
    this.#topics = new RedisTopics(link, id, link.place.kind === 'cluster' ? LOOK_MS : null)
    link.client.on('message', (channel: string, why: string) => this.#hear(channel, why))
    // What was published while there was no connection was not heard.
    link.client.on('ready', () => this.#hearAll())
  }

  /** How often something was heard of a queue so far; for {@link noteEmpty}. */
  heardOf(queue: string): number {
    return this.#heard.get(queue) ?? -1
  }

  /** A take found nothing, and will not for `inMs` (negative: nothing is known of); `heard` as it was when it was asked for. */
  noteEmpty(queue: string, inMs: number, heard: number): void {
    if (heard < 0) return
    this.#known.set(queue, { heard, dueAtMs: inMs < 0 ? Number.POSITIVE_INFINITY : performance.now() + inMs })
  }

  wait(queue: string, wait: { mostMs: number; signal?: AbortSignal }): Promise<void> {
    return this.#waiters.wait(queue, wait, () => this.#begin(queue))
  }

  watch(topic: string, onChange: () => void): () => void {
    return this.#topics.watch(topic, onChange)
  }

  close(): void {
    this.#topics.close()
    this.#waiters.wakeAll()
    this.#rest()
  }

  #begin(queue: string): void {
    const known = this.#known.get(queue)
    if (!this.#heard.has(queue)) this.#subscribe(queue)
    else if (known === undefined || known.heard !== this.#heard.get(queue)) this.#lookIn(0)
    else this.#lookIn(Math.max(0, Math.min(known.dueAtMs - performance.now(), LOOK_MS)))
  }

  /** Something may have come before the subscription stood, so a look follows it. */
  #subscribe(queue: string): void {
    this.#heard.set(queue, 0)
    this.#link.client.subscribe(this.#channel(queue)).then(
      () => {
        // A take that was asked for meanwhile knows nothing of what came after it: in a Cluster they go to different nodes.
        this.#heard.set(queue, (this.#heard.get(queue) ?? 0) + 1)
        this.#lookIn(0)
      },
      () => {
        this.#heard.delete(queue)
        // Their take meets the same fault, and reports it.
        this.#waiters.wake(queue)
      },
    )
  }

  #channel(queue: string): string {
    return `hob:${this.#id}:${queue}`
  }

  #hear(channel: string, why: string): void {
    const start = this.#channel('')
    if (!channel.startsWith(start)) return
    const queue = channel.slice(start.length)
    this.#heard.set(queue, (this.#heard.get(queue) ?? 0) + 1)
    this.#known.delete(queue)
    if (why === 'ready') this.#waiters.wake(queue)
    else if (this.#waiters.has(queue)) this.#lookIn(0)
  }

  #hearAll(): void {
    for (const [queue, count] of this.#heard) this.#heard.set(queue, count + 1)
    this.#known.clear()
    if (this.#waiters.size > 0) this.#lookIn(0)
  }

  /** Nobody waits. */
  #rest(): void {
    this.#callOff?.()
    this.#callOff = null
    this.#lookAtMs = Number.POSITIVE_INFINITY
  }

  #lookIn(ms: number): void {
    const atMs = performance.now() + ms
    if (atMs >= this.#lookAtMs || this.#waiters.size === 0) return
    this.#callOff?.()
    this.#lookAtMs = atMs
    this.#callOff = after(ms, () => void this.#lookNow())
  }

  async #lookNow(): Promise<void> {
    this.#rest()
    if (this.#isLooking) return this.#lookIn(1)
    this.#isLooking = true
    const queues = [...this.#waiters.queues]
    const waits = await this.#probe(queues)
    this.#isLooking = false
    let next = LOOK_MS
    for (const [at, queue] of queues.entries()) {
      const inMs = waits[at] ?? 0
      if (inMs === 0) this.#waiters.wake(queue)
      else if (inMs > 0) next = Math.min(next, inMs)
    }
    this.#lookIn(next)
  }

  /** A look that fails wakes its waiters: their take meets the same fault, and reports it. */
  async #probe(queues: readonly string[]): Promise<readonly number[]> {
    try {
      return (await this.#writer.read(this.#link.scripts.probe, queues)) as readonly number[]
    } catch {
      return queues.map(() => 0)
    }
  }
}

/** A timer of Node's takes a millisecond at least. */
function after(ms: number, callback: () => void): () => void {
  if (ms <= 0) {
    const immediate = setImmediate(callback)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}
