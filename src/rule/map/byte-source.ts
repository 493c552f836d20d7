import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import type { Piece } from '../input.js'
import { inputError, readError } from './input-error.js'
import { ReadAhead } from './read-ahead.js'

/** Bytes of a piece, uncompressed, a bufferful at a time. */
export interface ByteSource {
  /** Where its first byte is in the content of the file. */
  readonly start: number
  /** Lines that begin there or later belong to another piece. */
  readonly end: number
  /** Bytes of the file, as it is stored, that hold what was read. */
  readonly storedBytes: number
  /**
   * Fills a buffer from `at` on, as far as it likes.
   *
   * @returns How many bytes; 0 at the end.
   * @throws RuleError `input` when the file is gone or damaged, or at the end, when its content is not what its hash says.
   */
  read(buffer: Buffer, at: number): Promise<number>
  close(): Promise<void>
}

/** The first two bytes of gzip (RFC 1952). */
const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b

/**
 * Opens a piece, wherever its bytes are needed from: of a part of a file, from `from - 1` on and beyond `to`, as far as the reader asks.
 *
 * @throws RuleError `input` when it cannot be opened.
 */
export async function openBytes(piece: Piece): Promise<ByteSource> {
  try {
    const handle = await open(piece.file)
    try {
      const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
      const source = isGzip(buffer) ? new GzipBytes(handle) : new PlainBytes(handle, piece)
      return new CheckedBytes(piece, source)
    } catch (error) {
      await handle.close()
      throw error
    }
  } catch (error) {
    throw readError(piece, error)
  }
}

/** Whether a file is gzip by its first bytes. */
export async function isGzipFile(handle: FileHandle): Promise<boolean> {
  return isGzip((await handle.read(Buffer.alloc(2), 0, 2, 0)).buffer)
}

class PlainBytes implements ByteSource {
  readonly start: number
  readonly end: number
  /** Where the bytes begin that were not given yet. */
  #at: number
  readonly #ahead: ReadAhead

  constructor(handle: FileHandle, { from, to, hash }: Piece) {
    this.start = Math.max(0, from - 1)
    // To check the hash, all is read that there is.
    this.end = hash === null ? to : Number.POSITIVE_INFINITY
    this.#at = this.start
    this.#ahead = ReadAhead.begin(handle, { from: this.start, until: to })
  }

  get storedBytes(): number {
    return this.#at - this.start
  }

  async read(buffer: Buffer, at: number): Promise<number> {
    // What others have to say, such as to stop, is heard in between.
    await setImmediate()
    const count = await this.#ahead.read(buffer, at)
    this.#at += count
    return count
  }

  close(): Promise<void> {
    return this.#ahead.close()
  }
}

/** All members of a gzip file, one after the other. */
class GzipBytes implements ByteSource {
  readonly start = 0
  readonly end: number = Number.POSITIVE_INFINITY
  readonly #file: ReturnType<FileHandle['createReadStream']>
  readonly #gunzip: ReturnType<typeof createGunzip>
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes that were read, uncompressed. */
  #given = 0

  constructor(handle: FileHandle) {
    this.#file = handle.createReadStream({ start: 0, highWaterMark: 256 * 1024 })
    const gunzip = createGunzip({ chunkSize: 256 * 1024 })
    this.#file.on('error', (error) => gunzip.destroy(error))
    // It runs before anybody reads; who does is told then.
    gunzip.on('error', () => {})
    this.#gunzip = gunzip
    this.#chunks = this.#file.pipe(gunzip)[Symbol.asyncIterator]()
  }

  get storedBytes(): number {
    // Not what was read of the file, which is far ahead: 256 KiB of it may be a quarter of a gigabyte. What is uncompressed and waits counts
    // by its share.
    const waiting = this.#rest.length + this.#gunzip.readableLength
    return this.#given === 0 ? 0 : Math.ceil((this.#gunzip.bytesWritten * this.#given) / (this.#given + waiting))
  }

  async read(buffer: Buffer, at: number): Promise<number> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next()
      if (done === true) return 0
      this.#rest = value
    }
    const count = this.#rest.copy(buffer, at)
    this.#rest = this.#rest.subarray(count)
    this.#given += count
    return count
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
    // One that nobody has read from is not ended by that.
    this.#gunzip.destroy()
    this.#file.destroy()
  }
}

/** Tells errors in the words of its piece, and checks the hash of the content when all of it was read. */
class CheckedBytes implements ByteSource {
  readonly #piece: Piece
  readonly #source: ByteSource
  readonly #hash: Hash | null

  constructor(piece: Piece, source: ByteSource) {
    this.#piece = piece
    this.#source = source
    this.#hash = piece.hash === null ? null : createHash('sha256')
  }

  get start(): number {
    return this.#source.start
  }

  get end(): number {
    return this.#source.end
  }

  get storedBytes(): number {
    return this.#source.storedBytes
  }

  async read(buffer: Buffer, at: number): Promise<number> {
    try {
      const count = await this.#source.read(buffer, at)
      if (count > 0) this.#hash?.update(buffer.subarray(at, at + count))
      else if (this.#hash !== null && this.#hash.digest('hex') !== this.#piece.hash) {
        throw inputError(this.#piece, 'its content is not what its hash says: it was damaged or changed')
      }
      return count
    } catch (error) {
      throw readError(this.#piece, error)
    }
  }

  close(): Promise<void> {
    return this.#source.close()
  }
}
