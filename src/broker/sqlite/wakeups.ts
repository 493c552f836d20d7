import { type FSWatcher, watch } from 'node:fs'
import { Waiters } from '../waiters.js'
import type { Wakeups } from '../wakeups.js'
import type { Sql } from './sql.js'
import { Watches } from './watches.js'
import type { Writer } from './writer.js'

/** After a look that woke nobody, the next one waits this long: a busy neighbour must not cost an idle worker its core. */
const LOOK_GAP_MS = 2

/**
 * The same while nobody waits for work, since who works commits all the time and needs not know of changed records at once: with
 * a look after each commit, a waiter spent a twentieth of its time on them.
 */
const WATCH_GAP_MS = 100

/**
 * A change is told when a commit is written, and can be seen only when it is durable and SQLite has published it in
 * memory, of which nothing tells. So one look after a change may be too early: without these further ones, one job in a hundred was
 * begun a second late. The last ones are for disks that take long.
 */
const LOOK_AGAIN_MS: readonly number[] = [10, 50, 250, 1_000]

/** While somebody waits or watches, look at least this often: should the file system not tell of a change, it is found then. */
const LOOK_MS_MAX = 5_000

/** How often to look when the file system cannot tell of changes. */
const POLL_MS = 250

/**
 * Watches the write-ahead log: each commit of any process on this machine changes it. A change only means that it is
 * worth looking, by one probe of an index, whether a queue that somebody waits for has something to take, and whether
 * records that somebody watches were changed, of which each topic keeps count.
 *
 * From a change until the look that follows it nothing is watched: a commit writes two pieces for each page, and to be woken by
 * each of them, hundreds of times a commit, took four processes on one file a tenth of their processor time.
 */
export class SqliteWakeups implements Wakeups {
  readonly #writer: Writer
  readonly #sql: Sql
  readonly #log: string
  readonly #nowMs: () => number
  readonly #waiters = new Waiters(() => this.#rest())
  readonly #watches = new Watches(() => this.#rest())
  #watcher: FSWatcher | NodeJS.Timeout | null = null
  #look: NodeJS.Timeout | null = null
  #lookAtMs = Number.POSITIVE_INFINITY
  /** How many of the further looks after the last change were made. */
  #lookedAgain = LOOK_AGAIN_MS.length

  constructor(writer: Writer, sql: Sql, { file, nowMs }: { file: string; nowMs: () => number }) {
    this.#writer = writer
    this.#sql = sql
    this.#log = `${file}-wal`
    this.#nowMs = nowMs
  }

  wait(queue: string, wait: { mostMs: number; signal?: AbortSignal }): Promise<void> {
    return this.#waiters.wait(queue, wait, () => {
      this.#listen()
      // Something may have come between the caller's empty take and now.
      this.#lookIn(0)
    })
  }

  watch(topic: string, onChange: () => void): () => void {
    const end = this.#watches.add(topic, onChange)
    this.#listen()
    this.#lookIn(0)
    return end
  }

  close(): void {
    this.#watches.clear()
    this.#waiters.wakeAll()
    this.#rest()
  }

  #listen(): void {
    if (this.#watcher !== null) return
    // A commit that was written before now, and cannot be seen yet, is one that nothing will tell of.
    this.#lookedAgain = 0
    try {
      const watcher = watch(this.#log, { persistent: false }, () => {
        this.#stopListening()
        this.#lookIn(this.#gapMs)
      })
      watcher.on('error', () => this.#poll())
      this.#watcher = watcher
    } catch {
      // No watches left (ENOSPC on inotify), or a file system without them.
      this.#poll()
    }
  }

  #poll(): void {
    this.#stopListening()
    this.#watcher = setInterval(() => this.#lookIn(0), POLL_MS).unref()
  }

  #stopListening(): void {
    if (this.#watcher === null) return
    if ('close' in this.#watcher && typeof this.#watcher.close === 'function') this.#watcher.close()
    else clearInterval(this.#watcher as NodeJS.Timeout)
    this.#watcher = null
  }

  get #gapMs(): number {
    return this.#waiters.size > 0 ? LOOK_GAP_MS : WATCH_GAP_MS
  }

  get #isWanted(): boolean {
    return this.#waiters.size > 0 || this.#watches.size > 0
  }

  /** Somebody has gone; the last one needs no more looks. */
  #rest(): void {
    if (this.#isWanted) return
    this.#stopListening()
    if (this.#look !== null) clearTimeout(this.#look)
    this.#look = null
    this.#lookAtMs = Number.POSITIVE_INFINITY
  }

  #lookIn(wantedMs: number): void {
    const ms = Math.min(wantedMs, LOOK_MS_MAX)
    const atMs = performance.now() + ms
    if (atMs >= this.#lookAtMs) return
    if (this.#look !== null) clearTimeout(this.#look)
    this.#lookAtMs = atMs
    // A wait has a timer of its own that keeps the process alive; a watch does not.
    this.#look = setTimeout(() => this.#lookNow(), ms).unref()
  }

  async #lookNow(): Promise<void> {
    this.#look = null
    this.#lookAtMs = Number.POSITIVE_INFINITY
    // Before it looks, so that no change falls between the two.
    this.#listen()
    for (const queue of this.#waiters.queues) {
      const inMs = await this.#dueInMs(queue)
      // They may all have gone during a look that had to wait.
      if (!this.#isWanted) return
      if (inMs <= 0) this.#waiters.wake(queue)
      else this.#lookIn(inMs)
    }
    if (this.#watches.size > 0) await this.#tellWatches()
    if (this.#isWanted) this.#lookIn(Math.max(this.#gapMs, LOOK_AGAIN_MS[this.#lookedAgain++] ?? LOOK_MS_MAX))
  }

  /** A look that fails wakes its waiters: their take meets the same fault, and reports it. */
  async #dueInMs(queue: string): Promise<number> {
    try {
      return await this.#writer.read(() => {
        const queueId = this.#sql.queueId(queue)
        const dueMs =
          queueId === undefined ? null : (this.#sql.nextDue.pluck().get({ queue_id: queueId }) as number | null)
        return dueMs === null ? Number.POSITIVE_INFINITY : Math.max(0, dueMs - this.#nowMs())
      })
    } catch {
      return 0
    }
  }

  /** A look that fails calls them all: their reads meet the same fault, and report it. */
  async #tellWatches(): Promise<void> {
    const { topics } = this.#watches
    const changesOf = (topic: string) => this.#sql.topic.pluck().get(topic) as number | undefined
    try {
      const counts = await this.#writer.read(() => [...topics].map((topic) => [topic, changesOf(topic) ?? 0] as const))
      this.#watches.tell(new Map(counts))
    } catch {
      this.#watches.tellAll()
    }
  }
}
