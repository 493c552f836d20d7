import { Socket } from 'node:net'

/** Much more than a shell says in one rest. */
const BUFFER_BYTES = 16_384

/** How long a shell is not heard. */
export const REST_MS = 8

/** Those that rest now; they are heard again together, and so wake the waiter once. */
const resting = new Set<Answers>()

/**
 * What a shell says, from a named pipe. It need not be heard at once: with commands of a millisecond, to be woken by each of
 * their ends took a good part of the waiter's time, and the processor from those commands.
 */
export class Answers {
  /** Resolves when all was heard, and nobody can say any more. */
  readonly ended: Promise<void>
  readonly #socket: Socket

  /** @param fd The reading end of a named pipe that somebody has open for writing; it is closed at the end. */
  constructor(fd: number, onText: (text: string) => void) {
    // Its own buffer: without one, a socket that is paused reads on until it holds 16 KiB.
    const buffer = Buffer.allocUnsafe(BUFFER_BYTES)
    const callback = (size: number): boolean => {
      onText(buffer.toString('latin1', 0, size))
      return true
    }
    const options = { fd, readable: true, writable: false, onread: { buffer, callback } }
    this.#socket = new Socket(options)
    this.ended = new Promise((resolve) => this.#socket.on('close', () => resolve()))
    // An error is an end, too.
    this.#socket.on('error', () => {})
  }

  /** Hears nothing for a while, and then what was said meanwhile, all together. */
  rest(): void {
    this.#socket.pause()
    if (resting.size === 0) setTimeout(listenToAll, REST_MS)
    resting.add(this)
  }

  /** Hears from the next turn of the event loop on. */
  listen(): void {
    this.#socket.resume()
  }
}

function listenToAll(): void {
  for (const answers of resting) answers.listen()
  resting.clear()
}
