import type { Control, LeaseView } from '../broker/control.js'

/** How often to look again while others hold orders that may come back. */
const LOOK_MS = 1_000

/**
 * Decides when a waiter that does not `--wait` has nothing left to do.
 *
 * Orders that others run are theirs, as long as those others live: it stays until each of them has renewed its lease
 * once, or the lease has ended and its orders came back. So the last waiter of a farm leaves none behind.
 */
export class EndOfList {
  readonly #control: Control
  readonly #queue: string
  /** By epoch: the least time that was seen left. Only a renewal makes more of it. */
  readonly #leastMs = new Map<number, number>()
  readonly #renewed = new Set<number>()

  constructor(control: Control, queue: string) {
    this.#control = control
    this.#queue = queue
  }

  /** Orders were taken meanwhile: what was seen of others before says nothing any more. */
  forget(): void {
    this.#leastMs.clear()
    this.#renewed.clear()
  }

  /** Asked when nothing is ready and this waiter runs nothing. */
  async next(): Promise<'end' | { readonly mostMs: number }> {
    const leases = await this.#control.leases(this.#queue)
    for (const lease of leases) this.#look(lease)
    return leases.every(({ lease }) => this.#renewed.has(lease.epoch)) ? 'end' : { mostMs: LOOK_MS }
  }

  #look({ lease: { epoch }, leftMs }: LeaseView): void {
    const leastMs = this.#leastMs.get(epoch) ?? leftMs
    if (leftMs > leastMs) this.#renewed.add(epoch)
    this.#leastMs.set(epoch, Math.min(leftMs, leastMs))
  }
}
