import type { Control } from '../broker/control.js'
import type { JobStore, Lease } from '../broker/job-store.js'
import { type JsonText, parseJson } from '../core/json.js'
import { StoreClock } from './store-clock.js'

/** What a keeper needs of a store. */
export type KeeperStore = Pick<JobStore, 'commit' | 'extend'> & Pick<Control, 'describe'>

/** Who works here, as a record of the kitchen. */
export interface Presence {
  readonly key: string
  readonly value: JsonText
}

/** How the leases of one worker are kept. */
export interface PartOptions {
  /** Each renewal makes a lease last so long; 1,000 to 86,400,000 milliseconds. */
  readonly leaseMs: number
  /** The event loop blocked for longer than this and a lease is a hang: the leases run out. null: it never hangs. */
  readonly hungMs: number | null
}

/** Names the worker that something is kept for. */
export type PartId = number

/** Keeps leases and presences, for any number of workers. */
export interface Keeper {
  join(part: PartId, options: PartOptions): void
  hold(part: PartId, lease: Lease): void
  drop(part: PartId, lease: Lease): void
  /**
   * Says who works here: written when it changes, and again before it is gone by itself, each time with `seenMs` and
   * `seenStoreMs`, the moment on this machine's clock and on the store's.
   */
  announce(part: PartId, presence: Presence): void
  /** Keeps nothing more of this worker, and takes its presence back. */
  leave(part: PartId): Promise<void>
}

/** What a keeper tells. */
export interface KeeperEvents {
  /** These leases hold nothing any more: others may run their jobs. */
  readonly onLost: (part: PartId, leases: readonly Lease[]) => void
  /** A renewal failed; the next one is tried in its time. */
  readonly onFault: (error: unknown) => void
}

/** How long a presence lasts that is not renewed, in leases. */
export const PRESENCE_LEASES = 4

/** An idle process shall ask its store for little, and clocks that drift by seconds in a day stay together for ten minutes. */
const CLOCK_KNOWN_MS = 600_000

/** A third of the lease, so that one lost renewal still leaves time for a second. */
export const extendEveryMs = (leaseMs: number): number => Math.floor(leaseMs / 3)

/** What is kept for one worker. Times are by performance.now(). */
interface Part extends PartOptions {
  readonly leases: Map<number, Lease>
  presence: Presence | null
  announcedAtMs: number
  dueAtMs: number
}

/** Renews on the event loop that it was made on. Parts that are due at nearly the same time come to share their beats. */
export class LeaseKeeper implements Keeper {
  readonly #store: KeeperStore
  readonly #clock: StoreClock
  readonly #events: KeeperEvents
  readonly #turnedAgoMs: () => number
  readonly #parts = new Map<PartId, Part>()
  #timer: NodeJS.Timeout | null = null
  #putting: Promise<void> = Promise.resolve()

  /** @param turnedAgoMs Milliseconds since the event loop of the workers was last seen to turn. */
  constructor(store: KeeperStore, events: KeeperEvents, turnedAgoMs: () => number = () => 0) {
    this.#store = store
    this.#clock = new StoreClock(store, { knownMs: CLOCK_KNOWN_MS })
    this.#events = events
    this.#turnedAgoMs = turnedAgoMs
  }

  join(id: PartId, options: PartOptions): void {
    const now = performance.now()
    const dueAtMs = now + extendEveryMs(options.leaseMs)
    this.#parts.set(id, { ...options, leases: new Map(), presence: null, announcedAtMs: now, dueAtMs })
    this.#schedule()
  }

  hold(id: PartId, lease: Lease): void {
    this.#parts.get(id)?.leases.set(lease.epoch, lease)
  }

  drop(id: PartId, lease: Lease): void {
    this.#parts.get(id)?.leases.delete(lease.epoch)
  }

  announce(id: PartId, presence: Presence): void {
    const part = this.#parts.get(id)
    if (part === undefined) return
    const isNew = part.presence?.value !== presence.value
    part.presence = presence
    if (isNew) this.#put([part])
  }

  async leave(id: PartId): Promise<void> {
    const key = this.#parts.get(id)?.presence?.key
    this.#parts.delete(id)
    this.#schedule()
    if (key === undefined) return
    // What was put last must not come to stand after it was taken back.
    await this.#putting
    try {
      await this.#store.commit([{ put: [{ key, value: null }] }])
    } catch {
      // Harmless: the record goes by itself when its time to live has passed.
    }
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const dueAtMs = Math.min(...[...this.#parts.values()].map((part) => part.dueAtMs))
    this.#timer =
      dueAtMs === Number.POSITIVE_INFINITY ? null : setTimeout(() => this.#beat(), dueAtMs - performance.now())
  }

  #beat(): void {
    const now = performance.now()
    const isDue = (atMs: number, everyMs: number): boolean => atMs - now <= everyMs / 2
    const due = [...this.#parts].filter(([, { leaseMs, dueAtMs }]) => isDue(dueAtMs, extendEveryMs(leaseMs)))
    for (const [, part] of due) part.dueAtMs = now + extendEveryMs(part.leaseMs)
    this.#schedule()

    const alive = due.filter(([, part]) => this.#isAlive(part))
    for (const leaseMs of new Set(alive.map(([, part]) => part.leaseMs))) {
      void this.#extend(new Map(alive.filter(([, part]) => part.leaseMs === leaseMs)), leaseMs)
    }
    // A presence lasts for four leases, and is renewed each second one: an idle process shall ask its store for little.
    const isStale = ({ announcedAtMs, leaseMs }: Part) => isDue(announcedAtMs + 2 * leaseMs, extendEveryMs(leaseMs))
    this.#put(alive.map(([, part]) => part).filter(isStale))
  }

  #isAlive({ hungMs, leaseMs }: Part): boolean {
    return hungMs === null || this.#turnedAgoMs() < hungMs + leaseMs
  }

  async #extend(parts: ReadonlyMap<PartId, Part>, leaseMs: number): Promise<void> {
    const leases = [...parts.values()].flatMap((part) => [...part.leases.values()])
    if (leases.length === 0) return
    try {
      const lost = await this.#store.extend(leases, leaseMs)
      for (const [id, part] of parts) {
        // One that was dropped while the renewal was under way is not lost: its jobs were all settled.
        const isHeld = ({ queue, epoch }: Lease) => part.leases.get(epoch)?.queue === queue
        const missed = lost.filter((lease) => isHeld(lease) && part.leases.delete(lease.epoch))
        if (missed.length > 0) this.#events.onLost(id, missed)
      }
    } catch (error) {
      this.#events.onFault(error)
    }
  }

  #put(parts: readonly Part[]): void {
    const put = parts.flatMap(({ presence, leaseMs }) =>
      presence ? [{ ...presence, ttlMs: PRESENCE_LEASES * leaseMs }] : [],
    )
    if (put.length === 0) return
    for (const part of parts) part.announcedAtMs = performance.now()
    const putting = this.#write(put).catch(this.#events.onFault)
    this.#putting = Promise.all([this.#putting, putting]).then(() => undefined)
  }

  async #write(put: readonly (Presence & { readonly ttlMs: number })[]): Promise<void> {
    const seenStoreMs = Math.round(await this.#clock.nowMs())
    const stamp = { seenMs: Date.now(), seenStoreMs }
    const stamped = put.map((one) => ({ ...one, value: JSON.stringify({ ...Object(parseJson(one.value)), ...stamp }) }))
    await this.#store.commit([{ put: stamped }])
  }
}
