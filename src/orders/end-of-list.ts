import type { Control, LeaseView } from '../broker/control.js'

/** How often to look again while others hold orders that may come back. */
const LOOK_MS = 1_000

/** Leeway for reading the same end of a lease twice, at two moments. */
const SAME_MS = 250

/**
 * Decides when a waiter that does not `--wait` has nothing left to do.
 *
 * Orders that others run are theirs, as long as those others live: it stays until each of them has renewed its lease
 * once, or the lease has ended and its orders came back. So the last waiter of a farm leaves none behind.
 */
export class EndOfList {
  readonly #control: Control
  readonly #queue: string
  /** By epoch: when the lease would end, as it was first seen, on the store's clock. */
  #seen: ReadonlyMap<number, number> | null = null

  constructor(control: Control, queue: string) {
    this.#control = control
    this.#queue = queue
  }

  /** Orders were taken meanwhile: what was seen of others before says nothing any more. */
  forget(): void {
    this.#seen = null
  }

  /** Asked when nothing is ready and this waiter runs nothing. */
  async next(): Promise<'end' | { readonly mostMs: number }> {
    const [leases, { nowMs }] = await Promise.all([this.#control.leases(this.#queue), this.#control.describe()])
    const untilMs = ({ leftMs }: LeaseView) => nowMs + leftMs
    this.#seen ??= new Map(leases.map((lease) => [lease.lease.epoch, untilMs(lease)]))
    const unproven = leases.filter((lease) => {
      const seenMs = this.#seen?.get(lease.lease.epoch)
      return seenMs !== undefined && untilMs(lease) - seenMs < SAME_MS
    })
    return unproven.length === 0 ? 'end' : { mostMs: LOOK_MS }
  }
}
