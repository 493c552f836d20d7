import { closeSync, constants, openSync, readSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { openPipe } from './open-pipe.js'
import type { Output } from './output.js'
import { OutputWriter } from './output-writer.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** Processes left behind may still write: we read on, so that SIGPIPE does not end them, for so many pipes at most. */
const LEFT_BEHIND_MAX = 100

const { O_RDWR, O_NONBLOCK } = constants

/** One buffer for all reads: they are synchronous, and what is kept is copied. */
const buffer = Buffer.allocUnsafe(65_536)

const leftBehind = new Set<Socket>()

/**
 * Takes what commands write to a named pipe, one command after another.
 *
 * A pipe tells what a file cannot: whether anybody still holds it open. Only when nobody does is it used again, so what a
 * command left running never writes into the output of the next. And it is cheap: to make, look at and delete two empty
 * files takes 0.2 ms of a command's 1.2 ms on ext4, to use two pipes again takes nothing that can be measured.
 */
export class Capture {
  readonly path: string
  readonly #fd: number
  readonly #writer: OutputWriter
  #pump: Socket | undefined
  #isFree = true

  /**
   * @param path A named pipe, that nobody else reads.
   * @throws CommandError `output` when it cannot be opened.
   */
  constructor(path: string, folder: TemporaryFolder) {
    this.path = path
    this.#writer = new OutputWriter(folder)
    this.#fd = openPipe(path)
  }

  /**
   * Begins to read while the command still runs. Until then it may write as much as a pipe holds, and then waits.
   * Most commands write less and are gone before it is worth the trouble.
   *
   * @returns false when it cannot go on by itself: it has read what was there, and is to be called again soon.
   */
  pump(): boolean {
    if (this.#pump) return true
    const fd = this.#openAgain()
    if (fd === undefined) {
      this.#drain()
      return false
    }
    this.#pump = new Socket({ fd, readable: true, writable: false })
    this.#pump.on('data', (chunk: Buffer) => this.#writer.write(chunk))
    this.#pump.on('error', () => {})
    return true
  }

  /** Everything that was written until now; `isFree` when nobody can write any more, and so the next command may. */
  take(): { readonly output: Output; readonly isFree: boolean } {
    // Closes its descriptor at once, and it holds nothing back: what it has read, it has told.
    this.#pump?.destroy()
    this.#pump = undefined
    this.#isFree = this.#drain()
    return { output: this.#writer.finish(), isFree: this.#isFree }
  }

  /** Used no more. What is still written to it is read and thrown away. */
  release(): void {
    this.#pump?.destroy()
    rmSync(this.path, { force: true })
    if (this.#isFree) closeSync(this.#fd)
    else readOn(this.#fd)
  }

  /** Also for writing, so that it does not end when the command closes its own end, or has not opened it yet. */
  #openAgain(): number | undefined {
    try {
      return openSync(this.path, O_RDWR | O_NONBLOCK)
    } catch {
      // Swept away with the temporary folder, or no descriptor is free: the one that we have still reads.
      return undefined
    }
  }

  /** @returns false when somebody still holds the pipe open. */
  #drain(): boolean {
    try {
      for (;;) {
        const size = readSync(this.#fd, buffer)
        if (size === 0) return true
        this.#writer.write(Buffer.from(buffer.subarray(0, size)))
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return false
      throw error
    }
  }
}

function readOn(fd: number): void {
  const socket = new Socket({ fd, readable: true, writable: false })
  leftBehind.add(socket)
  socket.on('close', () => leftBehind.delete(socket))
  socket.on('error', () => {})
  socket.unref()
  socket.resume()
  const [oldest] = leftBehind
  if (leftBehind.size > LEFT_BEHIND_MAX) oldest?.destroy()
}
