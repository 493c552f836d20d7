import { Waiters } from '../waiters.js'
import type { Wakeups } from '../wakeups.js'
import { int4Array } from './arrays.js'
import type { Link } from './link.js'
import type { Queues } from './queues.js'
import { channelOf, type Sql } from './sql.js'
import { jsonOf } from './text.js'
import { Topics } from './topics.js'

/** One look for all that is waited for or watched, however quiet it is: a notification may be lost with its connection. */
const FLOOR_MS = 6_000

/** Senders that were under way when somebody began to wait may have missed it; a look finds what they sent once they are done. */
const OVERLAP_MS_MIN = 2
const OVERLAP_MS_MAX = 1_000

/**
 * Who waited mostly waits again in a moment: for so long senders go on to notify. A worker that got what it waited for takes it at once,
 * and does not first have the server see that it waits no longer, nor a moment later that it does again.
 */
const LINGER_MS = 100

/** A lost connection is made again for those who watch: they ask for nothing that would. */
const HEAL_MS_MIN = 100
const HEAL_MS_MAX = 2_000

interface Seen {
  readonly name: string
  readonly id: number
  readonly is_paused: boolean
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
 * Listens on one connection, which is made when somebody first waits or watches. Who waits for a queue holds a shared lock
 * there, by which senders see that somebody does; then they notify, once for a transaction. Who watches does the same.
 */
export class PostgresWakeups implements Wakeups {
  readonly #open: () => Promise<Link>
  readonly #sql: Sql
  readonly #queues: Queues
  readonly #schema: string
  readonly #onLost: () => void
  readonly #waiters = new Waiters(() => this.#rest())
  readonly #topics: Topics
  #link: Promise<Link> | null = null
  /** Queues whose locks are held on the connection. */
  readonly #locked = new Set<number>()
  /** Those that were paused at the last look. Whoever resumes one tells of it. */
  readonly #paused = new Set<string>()
  /** The number of the first transaction that saw those who wait now; null: all that are under way did. */
  #missedBelow: number | null = null
  #overlapMs = OVERLAP_MS_MIN
  #healMs = HEAL_MS_MIN
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Number.POSITIVE_INFINITY
  /** Until the locks are given back, when nobody waits. */
  #linger: NodeJS.Timeout | null = null
  #isLooking = false
  #mustLook = false
  #isClosed = false

  constructor(open: () => Promise<Link>, { sql, queues, schema, onLost }: WakeupsParts) {
    this.#open = open
    this.#onLost = onLost
    this.#sql = sql
    this.#queues = queues
    this.#schema = schema
    this.#topics = new Topics(sql, () => this.#topicsChanged())
  }

  wait(queue: string, wait: { mostMs: number; signal?: AbortSignal }): Promise<void> {
    return this.#waiters.wait(queue, wait, () => {
      this.#stay()
      // Something may have come between the caller's empty take and now.
      this.#lookIn(0)
    })
  }

  watch(topic: string, onChange: () => void): () => void {
    return this.#topics.watch(topic, onChange)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#topics.close()
    this.#waiters.wakeAll()
    this.#stopTimer()
    this.#stay()
    const link = await this.#link?.catch(() => undefined)
    await link?.close().catch(() => link.destroy())
  }

  get #isWanted(): boolean {
    return this.#waiters.size > 0 || this.#topics.size > 0
  }

  /** Nobody waits: in a moment senders need not notify, and unless somebody watches there are no more looks. */
  #rest(): void {
    if (!this.#isWanted) this.#stopTimer()
    if (this.#locked.size === 0 || this.#isClosed) return
    this.#linger ??= setTimeout(() => this.#unlock(), LINGER_MS).unref()
  }

  /** Somebody waits again, or nobody ever will. */
  #stay(): void {
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#linger = null
  }

  #unlock(): void {
    this.#linger = null
    const ids = [...this.#locked]
    if (ids.length === 0 || this.#isLooking) return
    this.#locked.clear()
    this.#paused.clear()
    this.#missedBelow = null
    void this.#link?.then((link) => link.rows(this.#sql.waitUnlock, [int4Array(ids)])).catch(() => undefined)
  }

  /** What is sent to a paused queue wakes nobody. */
  #wake(queue: string): void {
    if (!this.#paused.has(queue)) this.#waiters.wake(queue)
  }

  #topicsChanged(): void {
    this.#overlapMs = OVERLAP_MS_MIN
    this.#lookIn(0)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAtMs = Number.POSITIVE_INFINITY
  }

  #lookIn(ms: number): void {
    const atMs = performance.now() + ms
    if (this.#isClosed || atMs >= this.#timerAtMs) return
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
      } while (this.#mustLook)
      this.#healMs = HEAL_MS_MIN
    } catch {
      this.#lose()
    } finally {
      this.#isLooking = false
      if (this.#waiters.size === 0) this.#rest()
    }
  }

  async #lookNow(): Promise<void> {
    if (this.#isClosed || (this.#link === null && !this.#isWanted)) return
    const link = await this.#connect()
    const [isInDoubt, inMs] = await Promise.all([this.#topics.look(link), this.#lookAtQueues(link)])
    if (!this.#isWanted) return
    if (!isInDoubt && this.#missedBelow === null) return this.#lookIn(inMs)
    this.#lookIn(Math.min(inMs, this.#overlapMs))
    this.#overlapMs = Math.min(2 * this.#overlapMs, OVERLAP_MS_MAX)
  }

  /** Wakes those whose queues have something to take; answers in how many milliseconds another may, by what is known now. */
  async #lookAtQueues(link: Link): Promise<number> {
    const names = [...this.#waiters.queues]
    await this.#queues.learn(link, names)
    await this.#lock(link, names)
    // What ends between the two is seen by the second. When nobody waits, it shows that the connection lives.
    const [[snapshot], seen] = await Promise.all([
      link.rows<{ oldest: number }>(this.#sql.snapshot),
      names.length === 0 ? [] : link.rows<Seen>(this.#sql.look, [jsonOf(names)]),
    ])
    if (snapshot !== undefined && snapshot.oldest >= (this.#missedBelow ?? 0)) this.#missedBelow = null
    let nextMs = FLOOR_MS
    for (const { name, is_paused, in_ms } of seen) {
      if (is_paused) this.#paused.add(name)
      else this.#paused.delete(name)
      if (in_ms !== null && in_ms <= 0) this.#waiters.wake(name)
      else if (in_ms !== null) nextMs = Math.min(nextMs, in_ms)
    }
    return nextMs
  }

  /** Lets senders see that somebody waits for these queues. A queue that is not there yet tells of its making by itself. */
  async #lock(link: Link, names: readonly string[]): Promise<void> {
    const ids = names.flatMap((name) => this.#queues.get(name)?.id ?? []).filter((id) => !this.#locked.has(id))
    if (ids.length === 0) return
    for (const id of ids) this.#locked.add(id)
    const [, [number]] = await Promise.all([
      link.rows(this.#sql.waitLock, [int4Array(ids)]),
      link.rows<{ next: number }>(this.#sql.nextNumber),
    ])
    this.#missedBelow = number?.next ?? null
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
      const [kind, name] = [notice.slice(0, 1), notice.slice(1)]
      // '#': records of a topic have changed. '+': something is ready in a queue. '?': a look tells what has changed there.
      if (kind === '#') this.#topics.heard(name)
      else if (kind === '+') this.#wake(name)
      else if (name === '' || this.#waiters.has(name)) this.#lookIn(0)
    }
    await link.script(`LISTEN "${channelOf(this.#schema)}"`)
    return link
  }

  /**
   * After a connection was lost, or could not be had, waiters are woken: their takes meet the fault, and report it. Those who
   * watch are called once there is another.
   */
  #lose(): void {
    const link = this.#link
    this.#link = null
    this.#locked.clear()
    this.#paused.clear()
    this.#topics.lose()
    void link?.then((lost) => lost.destroy()).catch(() => undefined)
    if (this.#isClosed) return
    this.#onLost()
    this.#waiters.wakeAll()
    if (this.#topics.size === 0) return
    this.#lookIn(this.#healMs)
    this.#healMs = Math.min(2 * this.#healMs, HEAL_MS_MAX)
  }
}
