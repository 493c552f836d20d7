import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { RuleError } from '../../core/errors.js'

/** Bytes that are gathered before they are written. */
const BUFFER_BYTES = 64 * 1024

/** Bytes of a character at most, as JavaScript counts them. */
const CHARACTER_BYTES = 3

/** A file that text is added to. Writes without a promise: what fills it is a loop over records that holds the thread anyway. */
export class TextFile {
  readonly #path: string
  #descriptor: number | null = null
  #isMade = false
  /** Gathered as bytes: as text, the pieces of all lines would be copied with each collection of garbage. Made with the first of them. */
  #bytes: Buffer | null = null
  #used = 0

  /** Makes nothing yet; a file of this name that is there is replaced. */
  constructor(path: string) {
    this.#path = path
  }

  /** @throws RuleError `fault` when there is no room, or the folder is gone. */
  write(text: string): void {
    const most = text.length * CHARACTER_BYTES
    if (this.#used + most > BUFFER_BYTES) this.flush()
    if (most > BUFFER_BYTES) this.#put(Buffer.from(text))
    else {
      this.#bytes ??= Buffer.allocUnsafeSlow(BUFFER_BYTES)
      this.#used += this.#bytes.write(text, this.#used)
    }
  }

  /** Writes what was gathered. */
  flush(): void {
    const bytes = this.#bytes?.subarray(0, this.#used)
    this.#used = 0
    if (bytes !== undefined && bytes.length > 0) this.#put(bytes)
  }

  #put(bytes: Buffer): void {
    try {
      this.#descriptor ??= openSync(this.#path, 'w')
      this.#isMade = true
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at)
    } catch (cause) {
      throw this.#fault(cause)
    }
  }

  /** Safe twice. @returns The path; null when nothing was written. */
  close(): string | null {
    this.flush()
    this.abandon()
    return this.#isMade ? this.#path : null
  }

  /** Lets go of the file, whatever it holds. */
  abandon(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
    this.#bytes = null
    this.#used = 0
  }

  /** Removes it, when there is one. */
  discard(): void {
    this.abandon()
    if (this.#isMade) rmSync(this.#path, { force: true })
    this.#isMade = false
  }

  #fault(cause: unknown): RuleError {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(String((cause as NodeJS.ErrnoException).code))
    const what = isFull ? 'no room left' : (cause as Error).message
    return new RuleError('fault', `cannot write the intermediate file ${this.#path}: ${what}`, {
      ...(isFull && { hint: 'Make room on this disk, then run it again.' }),
      cause,
    })
  }
}
