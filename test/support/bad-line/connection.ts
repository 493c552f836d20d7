import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LineTarget } from './bad-line.js'
import type { Conditions } from './conditions.js'

/** What it holds of one direction before it reads no more from there. */
const HELD_BYTES_MAX = 1_000_000

/** One connection through the line: the client's half and the server's half, and what is on the way between them. */
export class Connection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #conditions: Conditions
  #isForgotten = false

  constructor(client: Socket, target: LineTarget, conditions: Conditions) {
    this.#client = client
    this.#server = connect({ ...target, allowHalfOpen: true, noDelay: true })
    this.#conditions = conditions
    this.#carry(this.#client, this.#server)
    this.#carry(this.#server, this.#client)
  }

  /** Breaks it, so that both ends are told at once. */
  reset(): void {
    breakOff(this.#client)
    breakOff(this.#server)
  }

  /** From now on nothing passes, for ever, and neither end is told. */
  forget(): void {
    this.#isForgotten = true
  }

  /** Brings what one end says to the other, its end or its failure last. */
  #carry(from: Socket, to: Socket): void {
    let way: Promise<void> = Promise.resolve()
    let heldBytes = 0
    const afterAll = (sizeBytes: number, deliver: () => void): void => {
      const dueMs = performance.now() + this.#conditions.delayMs
      way = way.then(async () => {
        await sleep(Math.max(0, dueMs - performance.now()))
        await this.#conditions.passing(sizeBytes)
        if (!this.#isForgotten) deliver()
      })
    }
    from.on('data', (chunk: Buffer) => {
      heldBytes += chunk.length
      if (heldBytes > HELD_BYTES_MAX) from.pause()
      afterAll(chunk.length, () => {
        heldBytes -= chunk.length
        from.resume()
        to.write(chunk)
      })
    })
    from.on('end', () => afterAll(0, () => to.end()))
    from.on('error', () => afterAll(0, () => breakOff(to)))
  }
}

/** The socket of a file has no reset; its other end sees it closed. */
function breakOff(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy()
  else socket.resetAndDestroy()
}
