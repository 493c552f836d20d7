import { type Stats, statSync } from 'node:fs'
import { monotonicClock } from '../../core/clock.js'
import { KitchenError } from '../../core/errors.js'

/** How long a look holds good. One takes two microseconds, and a busy kitchen is asked thousands of times in a second. */
const LOOK_MS = 1_000

/**
 * The file that was opened, which may be removed, moved or replaced meanwhile. SQLite goes on with it all the same, and acknowledges
 * what nobody ever finds again.
 */
export class OpenedFile {
  readonly #file: string
  readonly #place: string
  readonly #opened: Stats | undefined
  #lookedAtMs: number

  /** @param file Its whole path; it stands there now. */
  constructor(file: string, place: string) {
    this.#file = file
    this.#place = place
    this.#opened = look(file)
    this.#lookedAtMs = monotonicClock.nowMs()
  }

  /** Looks once in a second whether its path still names it. @throws KitchenError `missing` when it does not. */
  check(): void {
    const nowMs = monotonicClock.nowMs()
    if (nowMs - this.#lookedAtMs < LOOK_MS) return
    if (!this.#isThere()) {
      throw new KitchenError('missing', `the kitchen that was opened is gone from ${this.#place}`, {
        hint: 'Its file was removed, moved or replaced while it was in use. Put it back, or start again with what is there now.',
      })
    }
    this.#lookedAtMs = nowMs
  }

  #isThere(): boolean {
    try {
      const found = look(this.#file)
      return found?.ino === this.#opened?.ino && found?.dev === this.#opened?.dev
    } catch {
      // A folder that may not be looked into any more does not say that the file is gone.
      return true
    }
  }
}

const look = (file: string): Stats | undefined => statSync(file, { throwIfNoEntry: false })
