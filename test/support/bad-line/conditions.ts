import { setTimeout as sleep } from 'node:timers/promises'

/** The state of the line between clients and server, which a test changes while it is in use. */
export class Conditions {
  /** Milliseconds from one end to the other. */
  delayMs = 0
  /** Of each direction of each connection. */
  bytesPerSecond: number = Number.POSITIVE_INFINITY
  #held: Promise<void> | undefined
  #release: () => void = () => {}

  /** Nothing passes until `letGo`. */
  hold(): void {
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve
    })
  }

  letGo(): void {
    this.#held = undefined
    this.#release()
  }

  /** Resolves when so many bytes have passed. */
  async passing(sizeBytes: number): Promise<void> {
    if (this.bytesPerSecond < Number.POSITIVE_INFINITY) await sleep((sizeBytes / this.bytesPerSecond) * 1_000)
    while (this.#held !== undefined) await this.#held
  }
}
