/** As long as a timer of Node can be; what is longer is for ever. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** Ends a wait: its time is up, or one of some signals aborts. */
export class WaitBound {
  readonly #over = new AbortController()
  readonly #signals: readonly AbortSignal[]
  readonly #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number, signals: readonly AbortSignal[]) {
    this.#signals = signals
    if (timeoutMs <= TIMER_MS_MAX) this.#timer = setTimeout(this.end, timeoutMs)
    for (const signal of signals) signal.addEventListener('abort', this.end)
    if (signals.some(({ aborted }) => aborted)) this.end()
  }

  /** Aborts when the wait is over. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Lets go of the timer and of the signals. */
  dispose(): void {
    clearTimeout(this.#timer)
    for (const signal of this.#signals) signal.removeEventListener('abort', this.end)
  }

  /** The wait is over. */
  readonly end = (): void => this.#over.abort('over')
}
