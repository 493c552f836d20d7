import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** Bytes that are read at once from a disk; two such buffers are held. */
const AHEAD_BYTES = 1024 * 1024

/** Buffers that are kept for the next file: two files are open at a time. New ones for each have V8 collect garbage every few blobs. */
const FREE_MAX = 4
const free: Buffer[] = []

const takeBuffer = (): Buffer => free.pop() ?? Buffer.allocUnsafeSlow(AHEAD_BYTES)

/** Rises when this process has something read from a disk, and does not for what the system has in memory. */
const diskReads = (): number => process.resourceUsage().fsRead

/** A read of what the system has in memory takes a tenth of it. */
const WAIT_MS = 0.5

/** Waits for a disk after which a file is read ahead: one or two may come of what else this process, or another, does. */
const WAITS_MAX = 3

/** Of all reads ahead, those during which a disk was read, so that the next file is read ahead from its start. Systems that read far ahead have fewer. */
const DISK_SHARE = 3 / 4

/** Whether the file before came from a disk. */
let isOnDisk = false

/**
 * The bytes of a file from a place on. What the system has in memory is read when it is asked for, in this thread: another would have it in the
 * caches of its own processor, and has to be woken (2.2 GB of blobs, of 17 s of processor: one more). What comes from a disk is read ahead:
 * while some bytes are worked at, the next are read, so that nobody waits. Where the system itself reads only 128 KiB ahead, as Linux does
 * unless told otherwise, 500 MB of JSON lines that were not in memory took 2.3 s by groups, and take 1.9 s, as those in memory do.
 */
export class ReadAhead {
  readonly #handle: FileHandle
  readonly #until: number
  /** Where the file was not yet read. */
  #from: number
  /** Two buffers, once it reads ahead: what is worked at is of the first, and the next bytes go into the second. */
  #buffers: readonly [Buffer, Buffer] | null = null
  #now: Buffer = Buffer.alloc(0)
  /** Of the next bytes, how many there are; null: nobody reads them yet. */
  #next: Promise<number> | null = null
  /** Times that a disk was waited for. */
  #waits = 0
  /** Reads ahead, and those among them during which a disk was read. */
  #reads = 0
  #diskReads = 0
  #isClosed = false

  private constructor(handle: FileHandle, from: number, until: number) {
    this.#handle = handle
    this.#from = from
    this.#until = until
  }

  /**
   * Begins to read, where it comes from a disk.
   *
   * @param range Beyond `until` nothing is read before it is asked for. `isAhead`: as it was with the file before, unless given.
   */
  static begin(
    handle: FileHandle,
    { from, until, isAhead = isOnDisk }: { readonly from: number; readonly until: number; readonly isAhead?: boolean },
  ): ReadAhead {
    const ahead = new ReadAhead(handle, from, until)
    if (isAhead) ahead.#goAhead()
    return ahead
  }

  /** Fills a buffer from `at` on. @returns How many bytes; 0 at the end. */
  async read(buffer: Buffer, at: number): Promise<number> {
    if (this.#buffers === null) return this.#readNow(buffer, at)
    let filled = at
    while (filled < buffer.length && (this.#now.length > 0 || (await this.#turn(this.#buffers)))) {
      const count = this.#now.copy(buffer, filled)
      this.#now = this.#now.subarray(count)
      filled += count
    }
    return filled - at
  }

  /** Closes the file; safe twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // Not while it is read. What failed there is no more of anybody's concern.
    await this.#next?.catch(() => {})
    await this.#handle.close()
    this.#now = this.#now.subarray(0, 0)
    if (this.#buffers !== null && free.length < FREE_MAX) free.push(...this.#buffers)
    if (this.#reads > 0) isOnDisk = this.#diskReads >= this.#reads * DISK_SHARE
  }

  #readNow(buffer: Buffer, at: number): number {
    const before = diskReads()
    const startedMs = performance.now()
    const count = readSync(this.#handle.fd, buffer, at, buffer.length - at, this.#from)
    this.#from += count
    if (performance.now() - startedMs > WAIT_MS && diskReads() !== before && ++this.#waits === WAITS_MAX)
      this.#goAhead()
    return count
  }

  /** Takes what was read, and has the other buffer filled. @returns False at the end. */
  async #turn([whole, spare]: readonly [Buffer, Buffer]): Promise<boolean> {
    this.#next ??= this.#readNext(spare)
    const count = await this.#next
    this.#next = null
    this.#buffers = [spare, whole]
    this.#now = spare.subarray(0, count)
    this.#from += count
    if (count > 0) this.#begin(whole)
    return count > 0
  }

  #goAhead(): void {
    const spare = takeBuffer()
    this.#buffers = [takeBuffer(), spare]
    this.#begin(spare)
  }

  #begin(spare: Buffer): void {
    if (this.#from >= this.#until) return
    this.#next = this.#readNext(spare)
    // It is told to who asks for these bytes, if anybody does.
    this.#next.catch(() => {})
  }

  async #readNext(spare: Buffer): Promise<number> {
    const before = diskReads()
    const { bytesRead } = await this.#handle.read(spare, 0, AHEAD_BYTES, this.#from)
    this.#reads++
    if (diskReads() !== before) this.#diskReads++
    return bytesRead
  }
}
