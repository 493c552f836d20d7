import type { Lease } from '../broker/job-store.js'
import type { RecordPut } from '../broker/records.js'
import type { Heartbeat, HeartbeatPart, PartEvents } from './heartbeat.js'
import { type PartOptions, PRESENCE_LEASES } from './lease-keeper.js'
import { type NodeRecord, nodeRecord } from './node.js'

/** Characters of a report that are kept. */
const MESSAGE_MAX = 1_000

/** How often the presence record tells new figures. */
const ANNOUNCE_MS = 1_000

/** Keeps the records of two marbles of one process apart. */
let made = 0

/** A marble as others see it: its leases are renewed and its presence is announced, from its first wait or report on. */
export class MarbleNode {
  readonly figures = { done: 0, failed: 0, queue: '', message: '' }
  readonly #heartbeat: Heartbeat
  readonly #options: PartOptions
  readonly #events: PartEvents
  readonly #record: NodeRecord
  #part: HeartbeatPart | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(name: string, heartbeat: Heartbeat, { options, events }: { options: PartOptions; events: PartEvents }) {
    this.#heartbeat = heartbeat
    this.#options = options
    this.#events = events
    const node = { name, role: 'marble', queue: '', concurrency: 1 } as const
    this.#record = nodeRecord(node, this.figures, `marble-${++made}`)
  }

  /**
   * Its record, to be put before the first job is taken, so that who looks then sees that its holder lives; unless it was
   * announced already, which says more.
   */
  async put(): Promise<RecordPut> {
    const ttlMs = PRESENCE_LEASES * this.#options.leaseMs
    return { key: this.#record.key, value: await this.#record.value(), ttlMs, expected: 0 }
  }

  hold(lease: Lease): void {
    this.#join().hold(lease)
  }

  drop(lease: Lease): void {
    this.#part?.drop(lease)
  }

  /** @param message What it does now. */
  report(message: string): void {
    this.figures.message = message.slice(0, MESSAGE_MAX)
    this.announce()
  }

  /** Tells its figures as they stand now, and from now on each second in which they change. */
  announce(): void {
    const part = this.#join()
    void this.#record.value().then((value) => part.announce({ key: this.#record.key, value }))
  }

  /** Keeps and tells nothing more. Safe twice. */
  async leave(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#part?.leave()
  }

  #join(): HeartbeatPart {
    if (this.#part === null) {
      this.#part = this.#heartbeat.join(this.#options, this.#events)
      this.#timer = setInterval(() => this.announce(), ANNOUNCE_MS).unref()
    }
    return this.#part
  }
}
