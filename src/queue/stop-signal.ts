/** Why a run must stop. */
export type StopReason = 'lease lost' | 'stopped' | 'timeout' | 'cancelled'

/**
 * An abort signal that costs nothing until somebody asks for it: making an `AbortController` for each job took a
 * tenth of the time of a worker with short jobs.
 */
export class StopSignal {
  #reason: StopReason | null = null
  #why = ''
  #controller: AbortController | null = null
  #listener: ((reason: StopReason) => void) | null = null

  /** Why; null while the run may go on. */
  get reason(): StopReason | null {
    return this.#reason
  }

  /** What whoever cancelled it said; empty otherwise. */
  get why(): string {
    return this.#why
  }

  /** The same as a standard signal, made at the first call. Its reason is a text: why, and what was said about it. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#reason !== null) this.#controller.abort(this.#text)
    }
    return this.#controller.signal
  }

  /** Calls back once, when the run must stop; at once when it must already. One listener: whoever runs the job. */
  onStop(listener: (reason: StopReason) => void): void {
    this.#listener = listener
    if (this.#reason !== null) listener(this.#reason)
  }

  /** Only the first reason counts. */
  stop(reason: StopReason, why = ''): void {
    if (this.#reason !== null) return
    this.#reason = reason
    this.#why = why
    this.#controller?.abort(this.#text)
    this.#listener?.(reason)
  }

  get #text(): string {
    return this.#why === '' ? String(this.#reason) : `${this.#reason}: ${this.#why}`
  }
}
