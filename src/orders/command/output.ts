import { closeSync, createReadStream, openSync, readSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { Readable } from 'node:stream'

/** What a command wrote on one of its streams until it ended, in a file: a gigabyte of it costs no memory. */
export class Output {
  /** Bytes when the command ended. What a process left behind adds later is not shown. */
  readonly bytes: number
  readonly #path: string
  readonly #isKept: boolean

  constructor(path: string, bytes: number, isKept: boolean) {
    this.#path = path
    this.bytes = bytes
    this.#isKept = isKept
  }

  /** The last of it as text: at most `bytesMax` bytes, begun at a whole UTF-8 character. */
  tail(bytesMax: number): string {
    const size = Math.min(bytesMax, this.bytes)
    if (size === 0) return ''
    const buffer = Buffer.allocUnsafe(size)
    const fd = openSync(this.#path, 'r')
    try {
      // The command may have cut its own file short (`: >/dev/stdout`) since we looked.
      const read = readSync(fd, buffer, 0, size, this.bytes - size)
      const start = size < this.bytes ? firstCharacter(buffer.subarray(0, read)) : 0
      return buffer.toString('utf8', start, read)
    } finally {
      closeSync(fd)
    }
  }

  /** All of it, a piece at a time. */
  stream(): Readable {
    return this.bytes === 0 ? Readable.from([]) : createReadStream(this.#path, { end: this.bytes - 1 })
  }

  /** Deletes the file, unless it is one to keep. Safe twice. */
  dispose(): void {
    if (!this.#isKept && this.bytes > 0) rmSync(this.#path, { force: true })
  }
}

/**
 * The output that a command which ended now left in `path`; an empty temporary file is deleted at once.
 *
 * @returns undefined when there is no such file: the shell could not make it, so the command never began.
 */
export function takeOutput(path: string, isKept: boolean): Output | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) return undefined
  if (size === 0 && !isKept) unlinkSync(path)
  return new Output(path, size, isKept)
}

/** Where the first whole character begins: at most three continuation bytes (`10xxxxxx`) may stand before it. */
function firstCharacter(bytes: Buffer): number {
  const start = bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80)
  return Math.max(start, 0)
}
