import { setTimeout as sleep } from 'node:timers/promises'

/** Between the ends and the beginnings of two looks; what comes meanwhile is one look. */
const GAP_MS = 100

/** Share of the time that looks may take: of a kitchen with a million tags, one takes seconds. */
const IDLE_FACTOR = 3

/** A failed look is repeated after this long. */
const AGAIN_MS = 1_000

/** A timer of Node reaches this far; a look in between finds nothing new. */
const TIMER_MS_MAX = 86_400_000

/** Looks when it is told to and when a time has come, one look at a time, and rests in between. */
export class Pacer {
  readonly #look: () => Promise<number | null>
  readonly #onFault: (error: unknown) => void
  #isWanted = false
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  readonly #ended = new AbortController()

  /** @param look Answers after how many milliseconds it wants to be called again; null: when it is told to. */
  constructor(look: () => Promise<number | null>, onFault: (error: unknown) => void) {
    this.#look = look
    this.#onFault = onFault
  }

  /** Looks soon. */
  wake(): void {
    this.#isWanted = true
    if (this.#isStopped) return
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#isWanted) this.wake()
    })
  }

  /** Looks no more; resolves when the look under way has ended. Safe twice. */
  async stop(): Promise<void> {
    this.#ended.abort()
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false
      if (this.#timer !== null) clearTimeout(this.#timer)
      const startedMs = performance.now()
      this.#wakeIn(await this.#try())
      const tookMs = performance.now() - startedMs
      await this.#rest(Math.max(GAP_MS, tookMs * IDLE_FACTOR))
    }
  }

  get #isStopped(): boolean {
    return this.#ended.signal.aborted
  }

  /** Less long when it is stopped. */
  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false, signal: this.#ended.signal }).catch(() => {})
  }

  async #try(): Promise<number | null> {
    try {
      return await this.#look()
    } catch (error) {
      this.#onFault(error)
      return AGAIN_MS
    }
  }

  #wakeIn(ms: number | null): void {
    if (ms === null || this.#isStopped) return
    this.#timer = setTimeout(() => this.wake(), Math.min(Math.max(ms, 1), TIMER_MS_MAX)).unref()
  }
}
