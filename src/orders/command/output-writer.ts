import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { NO_OUTPUT, Output } from './output.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** More than this of one output goes to a file: as much as a pipe holds on Linux. */
export const MEMORY_BYTES_MAX = 65_536

/** Collects an output: in memory while it is small, then in a file of the temporary folder. */
export class OutputWriter {
  readonly #folder: TemporaryFolder
  #chunks: Buffer[] = []
  #bytes = 0
  #lostBytes = 0
  #file: { readonly path: string; readonly fd: number } | undefined

  constructor(folder: TemporaryFolder) {
    this.#folder = folder
  }

  /** Adds to the end. What the disk has no room for is counted and dropped, as is all that follows. */
  write(chunk: Buffer): void {
    if (this.#lostBytes > 0) this.#lostBytes += chunk.length
    else if (this.#file === undefined && this.#bytes + chunk.length <= MEMORY_BYTES_MAX) this.#remember(chunk)
    else this.#append(chunk)
  }

  /** What was collected; begins anew. */
  finish(): Output {
    if (this.#bytes === 0 && this.#lostBytes === 0) return NO_OUTPUT
    const place = this.#file ? { path: this.#file.path, isKept: false } : Buffer.concat(this.#chunks)
    if (this.#file) closeSync(this.#file.fd)
    const output = new Output(place, this.#bytes, this.#lostBytes)
    this.#chunks = []
    this.#bytes = 0
    this.#lostBytes = 0
    this.#file = undefined
    return output
  }

  #remember(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  #append(chunk: Buffer): void {
    let written = 0
    try {
      const { fd } = this.#file ?? this.#openFile()
      // Synchronous: a few microseconds into the page cache, and never more than one chunk in memory.
      while (written < chunk.length) written += writeSync(fd, chunk, written)
    } catch {
      // No room, or no right: the command goes on, and whoever reads its output is told how much is lost.
      this.#lostBytes = chunk.length - written
    }
    this.#bytes += written
  }

  #openFile(): { readonly path: string; readonly fd: number } {
    const path = this.#folder.newPath()
    const fd = openSync(path, 'wx')
    try {
      writeFileSync(fd, Buffer.concat(this.#chunks))
    } catch (error) {
      // What is in memory stays there, and is all that there will be.
      closeSync(fd)
      rmSync(path, { force: true })
      throw error
    }
    this.#chunks = []
    this.#file = { path, fd }
    return this.#file
  }
}
