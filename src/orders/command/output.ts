import { closeSync, createReadStream, openSync, readSync, rmSync, truncateSync } from 'node:fs'
import { Readable } from 'node:stream'

/** Where an output is: small ones in memory, others in a file. */
type Place = Buffer | { readonly path: string; readonly isKept: boolean }

/** What a command wrote on one of its streams until it ended. A gigabyte of it costs no memory. */
export class Output {
  /** Bytes that can be read here. What a process left behind adds later is not among them. */
  readonly bytes: number
  /** Bytes that there was no room for on the disk of the temporary folder; they are gone. */
  readonly lostBytes: number
  readonly #place: Place

  constructor(place: Place, bytes: number, lostBytes = 0) {
    this.#place = place
    this.bytes = bytes
    this.lostBytes = lostBytes
  }

  /** The last of it as text: at most `bytesMax` bytes, begun at a whole UTF-8 character. */
  tail(bytesMax: number): string {
    const last = this.#last(Math.min(bytesMax, this.bytes))
    return last.toString('utf8', last.length < this.bytes ? firstCharacter(last) : 0)
  }

  /** All of it, a piece at a time. */
  stream(): Readable {
    if (this.bytes === 0) return Readable.from([])
    if (Buffer.isBuffer(this.#place)) return Readable.from([this.#place])
    return createReadStream(this.#place.path, { end: this.bytes - 1 })
  }

  /** The same without its last bytes; a file that is kept loses them. */
  withoutLast(bytes: number): Output {
    if (bytes === 0) return this
    const place = this.#place
    if (Buffer.isBuffer(place))
      return new Output(place.subarray(0, this.bytes - bytes), this.bytes - bytes, this.lostBytes)
    if (place.isKept) truncateSync(place.path, this.bytes - bytes)
    return new Output(place, this.bytes - bytes, this.lostBytes)
  }

  /** Deletes what was temporary. Safe twice. */
  dispose(): void {
    if (!Buffer.isBuffer(this.#place) && !this.#place.isKept) rmSync(this.#place.path, { force: true })
  }

  #last(size: number): Buffer {
    if (Buffer.isBuffer(this.#place)) return this.#place.subarray(this.bytes - size)
    const buffer = Buffer.allocUnsafe(size)
    const fd = openSync(this.#place.path, 'r')
    try {
      // Less than we ask for is there when somebody has cut the file short meanwhile.
      return buffer.subarray(0, readSync(fd, buffer, 0, size, this.bytes - size))
    } finally {
      closeSync(fd)
    }
  }
}

/** Of a command that wrote nothing. */
export const NO_OUTPUT: Output = new Output(Buffer.alloc(0), 0)

/** Where the first whole character begins: at most three continuation bytes (`10xxxxxx`) may stand before it. */
function firstCharacter(bytes: Buffer): number {
  return Math.max(
    bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80),
    0,
  )
}
