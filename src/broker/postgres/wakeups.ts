import { Waiters } from '../waiters.js'
import type { Wakeups } from '../wakeups.js'
import { int4Array } from './arrays.js'
import type { Link } from './link.js'
import type { Queues } from './queues.js'
import { channelOf, type Sql } from './sql.js'
import { jsonOf } from './text.js'

/** One look for all queues that somebody waits for, however quiet it is: a notification may be lost with its connection. */
const FLOOR_MS = 6_000

/** Senders that were under way when somebody began to wait may have missed it; a look finds what they sent once they are done. */
const OVERLAP_MS_MIN = 2
const OVERLAP_MS_MAX = 1_000

interface Seen {
  readonly name: string
  readonly id: number
  readonly in_ms: number | null
}

/** What it works with. */
export interface WakeupsParts {
  readonly sql: Sql
  readonly queues: Queues
  readonly schema: string
  /** Told when its connection is lost, or cannot be had. */
  readonly onLost: () => void
}

/**
 * Listens on one connection, which is made when somebody first waits. Who waits for a queue holds a shared lock there, by
 * which senders see that somebody does; then they notify, once for a transaction.
 */
export class PostgresWakeups implements Wakeups {
  readonly #open: () => Promise<Link>
  readonly #sql: Sql
  readonly #queues: Queues
  readonly #schema: string
  readonly #onLost: () => void
  readonly #waiters = new Waiters(() => this.#rest())
  #link: Promise<Link> | null = null
  /** Queues whose locks are held on the connection. */
  readonly #locked = new Set<number>()
  /** The number of the first transaction that saw those who wait now; null: all that are under way did. */
  #missedBelow: number | null = null
  #overlapMs = OVERLAP_MS_MIN
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Number.POSITIVE_INFINITY
  #isLooking = false
  #mustLook = false
  #isClosed = false

  constructor(open: () => Promise<Link>, { sql, queues, schema, onLost }: WakeupsParts) {
    this.#open = open
    this.#onLost = onLost
    this.#sql = sql
    this.#queues = queues
    this.#schema = schema
  }

  wait(queue: string, wait: { mostMs: number; signal?: AbortSignal }): Promise<void> {
    // Something may have come between the caller's empty take and now.
    return this.#waiters.wait(queue, wait, () => this.#lookIn(0))
  }

  watch(_topic: string, _onChange: () => void): () => void {
    throw new Error('not made yet')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiters.wakeAll()
    const link = await this.#link?.catch(() => undefined)
    await link?.close().catch(() => link.destroy())
  }

  /** Nobody waits: no more looks, and senders need not notify. */
  #rest(): void {
    this.#stopTimer()
    const ids = [...this.#locked]
    if (ids.length === 0 || this.#isLooking) return
    this.#locked.clear()
    void this.#link?.then((link) => link.rows(this.#sql.waitUnlock, [int4Array(ids)])).catch(() => undefined)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAtMs = Number.POSITIVE_INFINITY
  }

  #lookIn(ms: number): void {
    const atMs = performance.now() + ms
    if (atMs >= this.#timerAtMs) return
    this.#stopTimer()
    this.#timerAtMs = atMs
    this.#timer = setTimeout(() => {
      this.#stopTimer()
      void this.#look()
    }, ms)
  }

  /** One look at a time; who comes during one gets another. */
  async #look(): Promise<void> {
    if (this.#isLooking) {
      this.#mustLook = true
      return
    }
    this.#isLooking = true
    try {
      do {
        this.#mustLook = false
        await this.#lookNow()
      } while (this.#mustLook && this.#waiters.size > 0)
    } catch {
      this.#lose()
    } finally {
      this.#isLooking = false
      if (this.#waiters.size === 0) this.#rest()
    }
  }

  async #lookNow(): Promise<void> {
    const link = await this.#connect()
    const names = [...this.#waiters.queues]
    if (names.length === 0) return
    await this.#queues.learn(link, names)
    await this.#lock(link, names)
    const [seen, [snapshot]] = await Promise.all([
      link.rows<Seen>(this.#sql.look, [jsonOf(names)]),
      link.rows<{ oldest: number }>(this.#sql.snapshot),
    ])
    let nextMs = FLOOR_MS
    for (const { name, in_ms } of seen) {
      if (in_ms !== null && in_ms <= 0) this.#waiters.wake(name)
      else if (in_ms !== null) nextMs = Math.min(nextMs, in_ms)
    }
    if (this.#missedBelow !== null && snapshot !== undefined) {
      if (snapshot.oldest >= this.#missedBelow) this.#missedBelow = null
      else nextMs = Math.min(nextMs, this.#overlapMs)
      this.#overlapMs = Math.min(2 * this.#overlapMs, OVERLAP_MS_MAX)
    }
    if (this.#waiters.size > 0) this.#lookIn(nextMs)
  }

  /** Lets senders see that somebody waits for these queues. A queue that is not there yet tells of its making by itself. */
  async #lock(link: Link, names: readonly string[]): Promise<void> {
    const ids = names.flatMap((name) => this.#queues.get(name)?.id ?? []).filter((id) => !this.#locked.has(id))
    if (ids.length === 0) return
    for (const id of ids) this.#locked.add(id)
    const [, [snapshot]] = await Promise.all([
      link.rows(this.#sql.waitLock, [int4Array(ids)]),
      link.rows<{ next: number }>(this.#sql.snapshot),
    ])
    this.#missedBelow = snapshot?.next ?? null
    this.#overlapMs = OVERLAP_MS_MIN
  }

  #connect(): Promise<Link> {
    this.#link ??= this.#listen()
    return this.#link
  }

  async #listen(): Promise<Link> {
    const link = await this.#open()
    link.onEnd = () => this.#lose()
    link.onNotice = (notice) => {
      const [kind, queue] = [notice.slice(0, 1), notice.slice(1)]
      // '+': something is ready. '?': something has changed, and a look tells what.
      if (kind === '+') this.#waiters.wake(queue)
      else if (queue === '' || this.#waiters.has(queue)) this.#lookIn(0)
    }
    await link.script(`LISTEN "${channelOf(this.#schema)}"`)
    return link
  }

  /** After a connection was lost, or could not be had, waiters are woken: their takes meet the fault, and report it. */
  #lose(): void {
    const link = this.#link
    this.#link = null
    this.#locked.clear()
    void link?.then((lost) => lost.destroy()).catch(() => undefined)
    if (this.#isClosed) return
    this.#onLost()
    this.#waiters.wakeAll()
  }
}
