import type { KeptRecord, Records } from '../broker/records.js'
import type { Wakeups } from '../broker/wakeups.js'
import { allRecords } from './all-records.js'

/** Who goes by the records of a topic. */
export interface Follower {
  /** All records of the topic, each time that they may have changed. */
  readonly onRecords: (records: readonly KeptRecord[]) => void
  /** They could not be read, and are again a moment later. */
  readonly onFault: (error: unknown) => void
}

/** A failed read is tried again after this long. */
const AGAIN_MS = 1_000

/** Knows the records of one topic, for as many in this process as go by them: one watch, and one read for all. */
export class RecordWatch {
  readonly #broker: Pick<Wakeups, 'watch'> & Pick<Records, 'records'>
  readonly #topic: string
  readonly #followers = new Set<Follower>()
  #end: (() => void) | null = null
  #isReading = false
  /** Reads are numbered as they begin; what one brings that began before the last that was told is old by now. */
  #begun = 0
  #told = 0
  /** They may have changed since the read under way began. */
  #isStale = false
  #again: NodeJS.Timeout | null = null

  constructor(broker: Pick<Wakeups, 'watch'> & Pick<Records, 'records'>, topic: string) {
    this.#broker = broker
    this.#topic = topic
  }

  /** Begins to tell; the first to follow begins the watch. The answer ends it, and is safe twice. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower)
    this.#begin(follower)
    return () => {
      this.#followers.delete(follower)
      if (this.#followers.size === 0) this.#rest()
    }
  }

  /** Reads them now, and tells all who follow. @throws KitchenError when the store fails. */
  async read(): Promise<void> {
    const number = ++this.#begun
    const records = await allRecords(this.#broker, `${this.#topic}/`)
    if (number < this.#told) return
    this.#told = number
    for (const { onRecords } of this.#followers) onRecords(records)
  }

  #begin(follower: Follower): void {
    try {
      this.#end ??= this.#broker.watch(this.#topic, () => this.#changed())
    } catch (error) {
      // A closed kitchen: whoever follows is about to hear of it from its next call.
      follower.onFault(error)
    }
  }

  #changed(): void {
    this.#isStale = true
    if (this.#isReading) return
    this.#isReading = true
    void this.#readAll()
  }

  async #readAll(): Promise<void> {
    while (this.#isStale && this.#followers.size > 0) {
      this.#isStale = false
      try {
        await this.read()
      } catch (error) {
        for (const { onFault } of this.#followers) onFault(error)
        // They may all have gone meanwhile: who follows next is told at once, as he begins to watch.
        if (this.#followers.size === 0) break
        this.#again ??= setTimeout(() => {
          this.#again = null
          this.#changed()
        }, AGAIN_MS).unref()
        break
      }
    }
    this.#isReading = false
  }

  #rest(): void {
    this.#end?.()
    this.#end = null
    if (this.#again !== null) clearTimeout(this.#again)
    this.#again = null
  }
}
