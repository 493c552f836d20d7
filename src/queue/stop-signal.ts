/** Why a run must stop. */
export type StopReason = 'lease lost' | 'stopped' | 'timeout'

/**
 * An abort signal that costs nothing until somebody asks for it: making an `AbortController` for each job took a
 * tenth of the time of a worker with short jobs.
 */
export class StopSignal {
  #reason: StopReason | null = null
  #controller: AbortController | null = null
  #listener: ((reason: StopReason) => void) | null = null

  /** Why; null while the run may go on. */
  get reason(): StopReason | null {
    return this.#reason
  }

  /** The same as a standard signal, made at the first call. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#reason !== null) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Calls back once, when the run must stop; at once when it must already. One listener: whoever runs the job. */
  onStop(listener: (reason: StopReason) => void): void {
    this.#listener = listener
    if (this.#reason !== null) listener(this.#reason)
  }

  /** Only the first reason counts. */
  stop(reason: StopReason): void {
    if (this.#reason !== null) return
    this.#reason = reason
    this.#controller?.abort(reason)
    this.#listener?.(reason)
  }
}
