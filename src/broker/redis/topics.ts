import { Watchers } from '../watchers.js'
import type { Link } from './link.js'

/**
 * Watching records on Redis: `commit` publishes on a topic's channel when it has changed records of the topic. The channel is
 * subscribed to when somebody first watches, and from then on; whoever watches is called when the subscription stands, so
 * that nothing is missed between his reading and the first message. While nothing changes nothing is asked.
 *
 * A message may be lost with its connection, so everybody is called when there is one again. Where nobody is told that it was
 * another one, as in a Cluster, everybody is called now and then.
 */
export class RedisTopics {
  readonly #link: Link
  readonly #prefix: string
  readonly #watchers = new Watchers()
  /** By topic, whether its channel is subscribed to on this connection, or the server was only asked to. */
  readonly #channels = new Map<string, 'asked' | 'stands'>()
  readonly #nowAndThen: NodeJS.Timeout | undefined

  /** @param everyMs Between two calls in case a message was lost unnoticed; null where that cannot be. */
  constructor(link: Link, id: string, everyMs: number | null) {
    this.#link = link
    this.#prefix = `hob:${id}/`
    link.client.on('message', (channel: string) => {
      if (channel.startsWith(this.#prefix)) this.#watchers.call(channel.slice(this.#prefix.length))
    })
    link.client.on('ready', () => this.#beginAnew())
    if (everyMs !== null) this.#nowAndThen = setInterval(() => this.#callAll(this.#watchers.topics), everyMs).unref()
  }

  /** As `Wakeups.watch` says. */
  watch(topic: string, onChange: () => void): () => void {
    const { call, end } = this.#watchers.add(topic, onChange)
    const channel = this.#channels.get(topic)
    if (channel === undefined) this.#subscribe([topic])
    else if (channel === 'stands') call()
    return end
  }

  /** Nobody is called any more. */
  close(): void {
    clearInterval(this.#nowAndThen)
    this.#watchers.clear()
  }

  #beginAnew(): void {
    this.#channels.clear()
    const { topics } = this.#watchers
    if (topics.length > 0) this.#subscribe(topics)
  }

  /** Where that fails, who watches is called as well: his reading meets the same fault. The next connection tries again. */
  #subscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#channels.set(topic, 'asked')
    this.#link.client.subscribe(...topics.map((topic) => this.#prefix + topic)).then(
      () => {
        for (const topic of topics) this.#channels.set(topic, 'stands')
        this.#callAll(topics)
      },
      () => {
        for (const topic of topics) this.#channels.delete(topic)
        this.#callAll(topics)
      },
    )
  }

  #callAll(topics: readonly string[]): void {
    for (const topic of topics) this.#watchers.call(topic)
  }
}
