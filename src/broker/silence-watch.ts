/** How often to look. */
const LOOK_MS = 250

/** How long an answer may stay away unless its call says otherwise. Within five seconds a worker shall take jobs again. */
export const SILENCE_MS_MAX = 3_000

/**
 * Tells when answers that are awaited on a connection stay away for too long: it is dead then, half-open or not, and never
 * says so itself.
 *
 * One timer for the connection, and only while something is awaited; one for each call took a tenth of a lone send's time.
 * It counts its own looks, so a handler that blocks the loop, and with it the answers, does not pass for silence.
 */
export class SilenceWatch {
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | null = null
  #awaited = 0
  /** The most patient of the calls that are awaited. */
  #mostMs = 0
  /** Whether an answer came, or the first was asked for, since the last look. */
  #isFresh = false
  #silentMs = 0

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence
  }

  /** Something was asked for, whose answer may stay away for so long. */
  begin(mostMs: number = SILENCE_MS_MAX): void {
    if (this.#awaited === 0) {
      this.#isFresh = true
      this.#mostMs = 0
    }
    if (mostMs > this.#mostMs) this.#mostMs = mostMs
    this.#awaited += 1
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref()
  }

  /** It was answered, or never will be. */
  end(): void {
    this.#awaited -= 1
    this.#isFresh = true
  }

  #look(): void {
    if (this.#awaited === 0) {
      this.#rest()
      return
    }
    this.#silentMs = this.#isFresh ? 0 : this.#silentMs + LOOK_MS
    this.#isFresh = false
    if (this.#silentMs < this.#mostMs) return
    this.#silentMs = 0
    this.#onSilence()
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
