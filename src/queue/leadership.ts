import { randomUUID } from 'node:crypto'
import type { Broker } from '../broker/broker.js'
import type { Clock } from '../core/clock.js'
import { KitchenError } from '../core/errors.js'

/** Where the records of leaders stand; what is led follows. */
export const LEADER_PREFIX = 'leader/'

/** A leader that does not renew its record for this long is one no more. */
export const LEADER_TTL_MS = 15_000

/** A third of it, so that one lost renewal still leaves time for a second. */
const RENEW_MS = 5_000

/**
 * Who does not lead is told of each renewal. When none has come for as long as the record lives, it is gone: and a little
 * later, so that a timer that fires early does not find it still there.
 */
const FOLLOW_MS: number = LEADER_TTL_MS + 250

const FAULT_PAUSE_MS = 1_000

/** Who leads, and where. */
export interface LeadershipConfig {
  /** What is led; the record is `leader/WHAT`. */
  readonly what: string
  /** Who would lead, as others see it. */
  readonly node: string
  /** A clock that never goes back. */
  readonly clock: Clock
}

/** What a leadership tells; each is called at once, and shall not throw. */
export interface LeadershipEvents {
  readonly onLeading: () => void
  /** The store failed; it is asked again. */
  readonly onFault: (error: unknown) => void
}

/**
 * One of the processes that stand for it, most of the time: a record with a time to live, which its holder renews.
 *
 * It spares work, and no more: a holder that was stopped for long may think for a moment that it still leads. What may
 * happen once only must rest on versions.
 */
export class Leadership {
  readonly #broker: Broker
  readonly #config: LeadershipConfig
  readonly #events: LeadershipEvents
  readonly #key: string
  /** Tells our record from that of another process of the same name. */
  readonly #value: string
  #isStanding = false
  /** Of our record; null while it is not ours. */
  #version: number | null = null
  /** When what we put last may be gone. */
  #untilMs = Number.NEGATIVE_INFINITY
  /** When to look next, unless told of a change before. */
  #nextMs = 0
  #looking: Promise<void> | null = null
  #mustLookAgain = false
  #endWatch: (() => void) | null = null
  #cancelTimer = (): void => {}

  constructor(broker: Broker, config: LeadershipConfig, events: LeadershipEvents) {
    this.#broker = broker
    this.#config = config
    this.#events = events
    this.#key = LEADER_PREFIX + config.what
    this.#value = JSON.stringify({ node: config.node, term: randomUUID() })
  }

  /** Whether it leads, as far as it can know. */
  get isLeading(): boolean {
    return this.#version !== null && this.#config.clock.nowMs() < this.#untilMs
  }

  /** Begins to want it. Safe twice. */
  stand(): void {
    if (this.#isStanding) return
    this.#isStanding = true
    this.#endWatch = this.#broker.watch('leader', () => this.#look())
    this.#look()
  }

  /** Wants it no more, and gives it back, so that another need not wait for its end. Safe twice, and before `stand`. */
  async withdraw(): Promise<void> {
    this.#isStanding = false
    this.#endWatch?.()
    this.#endWatch = null
    this.#cancelTimer()
    await this.#looking
    const version = this.#version
    this.#version = null
    if (version === null) return
    try {
      await this.#broker.commit([{ put: [{ key: this.#key, value: null, expected: version }] }])
    } catch {
      // Harmless: the record goes by itself when its time to live has passed.
    }
  }

  #look(): void {
    if (this.#looking !== null) {
      this.#mustLookAgain = true
      return
    }
    this.#mustLookAgain = false
    this.#cancelTimer()
    this.#looking = this.#lookNow().finally(() => {
      this.#looking = null
      if (!this.#isStanding) return
      if (this.#mustLookAgain) this.#look()
      else this.#cancelTimer = this.#config.clock.after(this.#nextMs - this.#config.clock.nowMs(), () => this.#look())
    })
  }

  async #lookNow(): Promise<void> {
    const { clock } = this.#config
    const startedMs = clock.nowMs()
    const wasLeading = this.isLeading
    // Told of our own renewal.
    if (wasLeading && startedMs < this.#nextMs) return
    try {
      this.#version = await this.#claim()
      if (this.#version !== null) this.#untilMs = startedMs + LEADER_TTL_MS
      this.#nextMs = this.#version === null ? clock.nowMs() + FOLLOW_MS : startedMs + RENEW_MS
    } catch (error) {
      if (error instanceof KitchenError && error.code === 'closed') this.#isStanding = false
      // Whether it was put is not known: what stands there tells the next time.
      this.#nextMs = clock.nowMs() + FAULT_PAUSE_MS
      this.#events.onFault(error)
    }
    if (!wasLeading && this.isLeading && this.#isStanding) this.#events.onLeading()
  }

  /** Puts our record unless another's stands; answers its version, null when another leads. */
  async #claim(): Promise<number | null> {
    const standing = await this.#broker.record(this.#key)
    if (standing !== undefined && standing.value !== this.#value) return null
    const put = [{ key: this.#key, value: this.#value, expected: standing?.version ?? 0, ttlMs: LEADER_TTL_MS }]
    const [result] = await this.#broker.commit([{ put }])
    // Ours went while it was renewed: it is free now, or another's.
    if (result?.kind === 'conflict' && standing !== undefined) return this.#claim()
    const mine = result?.kind === 'done' ? await this.#broker.record(this.#key) : undefined
    return mine?.value === this.#value ? mine.version : null
  }
}
