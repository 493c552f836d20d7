import type { Lease } from '../broker/job-store.js'
import { KeeperThread } from './keeper-thread.js'
import {
  type Keeper,
  type KeeperStore,
  LeaseKeeper,
  type PartId,
  type PartOptions,
  type Presence,
} from './lease-keeper.js'

/** What a worker is told of its leases. */
export interface PartEvents {
  /** These hold nothing any more: others may run their jobs. */
  readonly onLost: (leases: readonly Lease[]) => void
  /** A renewal failed; the next one is tried in its time. */
  readonly onFault: (error: unknown) => void
}

/** One worker's part of the heartbeat. */
export interface HeartbeatPart {
  hold(lease: Lease): void
  drop(lease: Lease): void
  announce(presence: Presence): void
  /** Keeps nothing more. Safe twice. */
  leave(): Promise<void>
}

/**
 * Keeps the leases of all workers that a process has on one kitchen, and tells who they are: one thread, one connection and
 * one round trip in a third of a lease, however many queues they work.
 *
 * In a thread of its own, so that a handler that blocks the event loop cannot lose its lease.
 */
export class Heartbeat {
  readonly #keeper: Keeper
  readonly #parts = new Map<PartId, PartEvents>()
  #joined = 0

  /** @param url Where its thread opens the kitchen again; null: it shares the event loop with the work, as the memory engine needs. */
  constructor(store: KeeperStore, url: string | null) {
    const events = {
      onLost: (part: PartId, leases: readonly Lease[]) => this.#parts.get(part)?.onLost(leases),
      onFault: (error: unknown) => {
        for (const { onFault } of this.#parts.values()) onFault(error)
      },
    }
    this.#keeper = url === null ? new LeaseKeeper(store, events) : new KeeperThread(url, events)
  }

  /** Begins to keep what a worker holds. */
  join(options: PartOptions, events: PartEvents): HeartbeatPart {
    const keeper = this.#keeper
    const part = ++this.#joined
    this.#parts.set(part, events)
    keeper.join(part, options)
    return {
      hold: (lease) => keeper.hold(part, lease),
      drop: (lease) => keeper.drop(part, lease),
      announce: (presence) => keeper.announce(part, presence),
      leave: async () => {
        if (this.#parts.delete(part)) await keeper.leave(part)
      },
    }
  }
}
