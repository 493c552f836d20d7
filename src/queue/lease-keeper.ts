import type { JobStore, Lease } from '../broker/job-store.js'
import type { JsonText } from '../core/json.js'

/** What a keeper tells the one it works for. */
export interface KeeperEvents {
  /** These leases hold nothing any more: others may run their jobs. */
  readonly onLost: (leases: readonly Lease[]) => void
  /** A renewal failed; the next one is tried in its time. */
  readonly onFault: (error: unknown) => void
}

/** How a keeper does its work. */
export interface KeeperOptions {
  readonly store: JobStore
  readonly leaseMs: number
  /** False: let the leases run out, because the worker hangs. Asked before each renewal. */
  readonly isAlive: () => boolean
}

/** A third of the lease, so that one lost renewal still leaves time for a second. */
export const extendEveryMs = (leaseMs: number): number => Math.floor(leaseMs / 3)

/** Renews leases and a node's presence until told to stop. */
export class LeaseKeeper {
  readonly #options: KeeperOptions
  readonly #events: KeeperEvents
  readonly #leases = new Map<number, Lease>()
  #presence: { readonly key: string; readonly value: JsonText } | null = null
  #timer: NodeJS.Timeout | null = null
  #beating: Promise<void> = Promise.resolve()

  constructor(options: KeeperOptions, events: KeeperEvents) {
    this.#options = options
    this.#events = events
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#beating = this.#beat()
    }, extendEveryMs(this.#options.leaseMs))
  }

  hold(lease: Lease): void {
    this.#leases.set(lease.epoch, lease)
  }

  drop(lease: Lease): void {
    this.#leases.delete(lease.epoch)
  }

  /** Says who works here; written when it changes and with each beat, and gone three leases after the last. */
  async announce(presence: { readonly key: string; readonly value: JsonText }): Promise<void> {
    const isNew = this.#presence?.value !== presence.value
    this.#presence = presence
    if (isNew) await this.#beat()
  }

  /** Ends the beat and takes the presence back. Safe twice. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    await this.#beating
    const { key } = this.#presence ?? {}
    this.#presence = null
    if (key === undefined) return
    try {
      await this.#options.store.commit([{ put: [{ key, value: null }] }])
    } catch {
      // Harmless: the record goes by itself when its time to live has passed.
    }
  }

  async #beat(): Promise<void> {
    if (!this.#options.isAlive()) return
    const { store, leaseMs } = this.#options
    const leases = [...this.#leases.values()]
    const { key, value } = this.#presence ?? {}
    try {
      const [lost] = await Promise.all([
        leases.length === 0 ? [] : store.extend(leases, leaseMs),
        key === undefined || value === undefined ? [] : store.commit([{ put: [{ key, value, ttlMs: 3 * leaseMs }] }]),
      ])
      this.#lose(lost)
    } catch (error) {
      this.#events.onFault(error)
    }
  }

  #lose(lost: readonly Lease[]): void {
    // One that was dropped while the renewal was under way is not lost: its jobs were all settled.
    const missed = lost.filter(({ epoch }) => this.#leases.delete(epoch))
    if (missed.length > 0) this.#events.onLost(missed)
  }
}
