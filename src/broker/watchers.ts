/** Somebody who watches a topic. */
interface Watcher {
  readonly onChange: () => void
  planned: NodeJS.Immediate | undefined
}

/**
 * Those who watch records, by topic: what is the same on every engine that is told of changes. Each is called when the turn of the
 * event loop is over, once however often he was to be called.
 */
export class Watchers {
  readonly #watchers = new Map<string, Set<Watcher>>()

  /** Each topic that somebody watches, once. */
  get topics(): readonly string[] {
    return [...this.#watchers.keys()]
  }

  has(topic: string): boolean {
    return this.#watchers.has(topic)
  }

  /**
   * Joins those who watch a topic.
   *
   * @param onLastGone Called when nobody watches the topic any more.
   * @returns How to call him alone, and how to end it.
   */
  add(
    topic: string,
    onChange: () => void,
    onLastGone: () => void = () => {},
  ): { readonly call: () => void; readonly end: () => void } {
    const watcher: Watcher = { onChange, planned: undefined }
    const watchers = this.#watchers.get(topic) ?? new Set()
    this.#watchers.set(topic, watchers.add(watcher))
    const end = (): void => {
      clearImmediate(watcher.planned)
      if (!watchers.delete(watcher) || watchers.size > 0) return
      this.#watchers.delete(topic)
      onLastGone()
    }
    return { call: () => plan(watcher), end }
  }

  /** Calls all who watch a topic. */
  call(topic: string): void {
    for (const watcher of this.#watchers.get(topic) ?? []) plan(watcher)
  }

  /** Nobody is called any more. */
  clear(): void {
    for (const watchers of this.#watchers.values()) for (const { planned } of watchers) clearImmediate(planned)
    this.#watchers.clear()
  }
}

function plan(watcher: Watcher): void {
  watcher.planned ??= setImmediate(() => {
    watcher.planned = undefined
    watcher.onChange()
  })
}
