import { Watchers } from '../watchers.js'
import type { Link } from './link.js'
import type { Sql } from './sql.js'
import { jsonOf } from './text.js'

/** A topic that may yet be changed by a transaction that does not know that somebody watches it. */
interface Doubt {
  /** The number of the first transaction that knows. */
  readonly below: number
  /** Of the topic's records when they were looked at last. */
  mark: string | undefined
}

/**
 * The topics that are watched by one connection. It holds a shared lock for each, by which writers of records see that
 * somebody watches; then they notify.
 */
export class Topics {
  readonly #sql: Sql
  readonly #watchers = new Watchers()
  readonly #onChanged: () => void
  /** Topics whose locks are held. */
  readonly #held = new Set<string>()
  readonly #doubts = new Map<string, Doubt>()

  /** @param onChanged Called when topics have come that are to be looked at, or have gone. */
  constructor(sql: Sql, onChanged: () => void) {
    this.#sql = sql
    this.#onChanged = onChanged
  }

  /** How many are watched. */
  get size(): number {
    return this.#watchers.topics.length
  }

  watch(topic: string, onChange: () => void): () => void {
    const { call, end } = this.#watchers.add(topic, onChange, this.#onChanged)
    if (this.#held.has(topic)) call()
    else this.#onChanged()
    return end
  }

  /** Somebody has changed records of a topic. */
  heard(topic: string): void {
    this.#watchers.call(topic)
  }

  /**
   * Holds what is watched, and calls those who did not hear of changes till now; lets go of what nobody watches.
   *
   * @returns Whether some may not hear of changes that are under way, and another look is to be taken soon.
   */
  async look(link: Link): Promise<boolean> {
    const fresh = this.#watchers.topics.filter((topic) => !this.#held.has(topic))
    if (fresh.length > 0) await this.#hold(link, fresh)
    const changed = this.#doubts.size > 0 ? await this.#lookAtDoubts(link) : []
    for (const topic of new Set([...fresh, ...changed])) this.#watchers.call(topic)
    this.letGo(link)
    return this.#doubts.size > 0
  }

  /** Lets go of topics that nobody watches any more, without waiting for that. */
  letGo(link: Link): void {
    const idle = [...this.#held].filter((topic) => !this.#watchers.has(topic))
    if (idle.length === 0) return
    for (const topic of idle) this.#forget(topic)
    // When it fails the connection is lost, and the locks with it.
    link.rows(this.#sql.watchUnlock, [jsonOf(idle)]).catch(() => undefined)
  }

  /** The connection is lost, and the locks with it. */
  lose(): void {
    this.#held.clear()
    this.#doubts.clear()
  }

  close(): void {
    this.#watchers.clear()
  }

  async #hold(link: Link, topics: readonly string[]): Promise<void> {
    const [, [number], [snapshot]] = await Promise.all([
      link.rows(this.#sql.watchLock, [jsonOf(topics)]),
      link.rows<{ next: number }>(this.#sql.nextNumber),
      link.rows<{ oldest: number }>(this.#sql.snapshot),
    ])
    const below = number?.next ?? 0
    const isAlone = (snapshot?.oldest ?? 0) >= below
    for (const topic of topics) {
      this.#held.add(topic)
      if (!isAlone) this.#doubts.set(topic, { below, mark: undefined })
    }
  }

  /** Topics whose records have changed since the last look. */
  async #lookAtDoubts(link: Link): Promise<readonly string[]> {
    // What ends between the two is seen by the second.
    const [[snapshot], marks] = await Promise.all([
      link.rows<{ oldest: number }>(this.#sql.snapshot),
      link.answer<readonly { topic: string; mark: string }[]>(this.#sql.topicMarks, [jsonOf([...this.#doubts.keys()])]),
    ])
    const changed: string[] = []
    for (const { topic, mark } of marks) {
      const doubt = this.#doubts.get(topic)
      if (doubt === undefined) continue
      if (doubt.mark !== undefined && doubt.mark !== mark) changed.push(topic)
      doubt.mark = mark
      if ((snapshot?.oldest ?? 0) >= doubt.below) this.#doubts.delete(topic)
    }
    return changed
  }

  #forget(topic: string): void {
    this.#held.delete(topic)
    this.#doubts.delete(topic)
  }
}
