/** How often to look. */
const LOOK_MS = 1_000

/**
 * Tells when answers that are awaited stay away for too long: the connection is dead then, half-open or not.
 *
 * One timer for the connection; one for each command took a tenth of a lone send's time.
 */
export class SilenceWatch {
  readonly #timer: NodeJS.Timeout
  readonly #mostMs: number
  readonly #onSilence: () => void
  #awaited = 0
  /** Whether an answer came, or the first was asked for, since the last look. */
  #isFresh = false
  #silentMs = 0

  constructor(mostMs: number, onSilence: () => void) {
    this.#mostMs = mostMs
    this.#onSilence = onSilence
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  /** Something was asked for. */
  begin(): void {
    if (this.#awaited === 0) this.#isFresh = true
    this.#awaited += 1
  }

  /** It was answered, or never will be. */
  end(): void {
    this.#awaited -= 1
    this.#isFresh = true
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    this.#silentMs = this.#awaited === 0 || this.#isFresh ? 0 : this.#silentMs + LOOK_MS
    this.#isFresh = false
    if (this.#silentMs < this.#mostMs) return
    this.#silentMs = 0
    this.#onSilence()
  }
}
