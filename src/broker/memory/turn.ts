/**
 * Lets the event loop turn before an answer is given, as every other engine does: a handler that feeds its own queue would else keep
 * timers and sockets waiting for ever. All that ask within one turn share one.
 */
export class Turn {
  #ended: Promise<void> | null = null

  /** Resolves when timers and sockets have had their turn. */
  end(): Promise<void> {
    this.#ended ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#ended = null
        resolve()
      })
    })
    return this.#ended
  }
}
