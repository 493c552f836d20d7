import type { BadRow } from '../counters.js'
import { ownText } from './own-text.js'
import type { Place } from './row-sink.js'
import type { TextFile } from './text-file.js'

/** Bad rows that a task tells of itself; all others are in its file. */
const LISTED_MAX = 1_000

/** Bad rows that the file of a task holds. */
const KEPT_MAX = 100_000

/** Characters of a record that are kept to show it, and of the reason. */
const TEXT_MAX = 1_000

/** The records of a task that were set aside. */
export class BadRows {
  readonly list: BadRow[] = []
  readonly #file: TextFile
  #kept = 0

  /** @param file Made when the first one comes. */
  constructor(file: TextFile) {
    this.#file = file
  }

  add(file: string, place: Place, reason: string, text: string): void {
    if (this.#kept >= KEPT_MAX) return
    this.#kept++
    const row: BadRow = { file, ...place, reason: start(reason), text: start(text) }
    this.#file.write(`${JSON.stringify(row)}\n`)
    if (this.list.length < LISTED_MAX) this.list.push(row)
  }

  /** @returns The path of the file, when there is one. */
  close(): string | null {
    return this.#file.close()
  }

  /** Lets go of the file, whatever it holds. */
  abandon(): void {
    this.#file.abandon()
  }

  /** Removes the file. */
  discard(): void {
    this.#file.discard()
  }
}

const start = (text: string): string => ownText(text.slice(0, TEXT_MAX).toWellFormed())
