import { type KeeperStore, LeaseKeeper } from './lease-keeper.js'
import type { NodeRecord } from './node.js'

/** The record of a node that died is gone after four times this long. */
const LEASE_MS = 15_000

/** How often the record tells new figures. */
const ANNOUNCE_MS = 1_000

/** Tells who is there: the presence of a process that takes no jobs, kept by its own event loop. */
export class Announcement {
  readonly #keeper: LeaseKeeper
  readonly #record: NodeRecord
  #timer: NodeJS.Timeout | null = null

  /** @param onFault Told of each failure to tell; the next one is tried in its time. */
  constructor(store: KeeperStore, record: NodeRecord, onFault: (error: unknown) => void) {
    this.#keeper = new LeaseKeeper(store, { onLost: () => {}, onFault })
    this.#record = record
  }

  /** Tells it from now on. Once. */
  start(): void {
    this.#keeper.join(0, { leaseMs: LEASE_MS, hungMs: null })
    this.#timer = setInterval(() => this.#announce(), ANNOUNCE_MS).unref()
    this.#announce()
  }

  /** Takes the record back. Safe twice, and before `start`. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#keeper.leave(0)
  }

  #announce(): void {
    const { key, value } = this.#record
    void value().then((text) => this.#keeper.announce(0, { key, value: text }))
  }
}
