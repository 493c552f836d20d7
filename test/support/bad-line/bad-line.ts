import { createServer, type Server, type Socket } from 'node:net'
import { freePort } from '../servers/free-port.js'
import { Conditions } from './conditions.js'
import { Connection } from './connection.js'

/** Where a line leads to: a port, or the file of a socket. */
export type LineTarget = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * A TCP proxy that is a bad line between clients and a server: real sockets, which a test slows down, freezes, resets and
 * cuts at will.
 *
 * What it does to the line holds for connections of then and later, until `heal`.
 */
export class BadLine {
  readonly port: number
  readonly #target: LineTarget
  readonly #conditions = new Conditions()
  readonly #connections = new Set<Connection>()
  #listener: Server | undefined

  private constructor(port: number, target: LineTarget) {
    this.port = port
    this.#target = target
  }

  /** Opens one on a free port of 127.0.0.1, on which everything passes. */
  static async start(target: LineTarget): Promise<BadLine> {
    for (;;) {
      const line = new BadLine(await freePort(), target)
      try {
        await line.#listen()
        return line
      } catch {
        // Somebody was quicker to use the port.
      }
    }
  }

  /** The URL of the target's server by this way. */
  through(url: string): string {
    const way = new URL(url)
    way.host = `127.0.0.1:${this.port}`
    return way.href
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** What is said arrives so many milliseconds later, in both directions. */
  delay(ms: number): void {
    this.#conditions.delayMs = ms
  }

  throttle(bytesPerSecond: number): void {
    this.#conditions.bytesPerSecond = bytesPerSecond
  }

  /** Nothing passes, and nobody is told: connections are taken and stay open. What was said meanwhile arrives on `heal`. */
  hold(): void {
    this.#conditions.hold()
  }

  /** The connections of now are half open for ever: nothing passes on them even after `heal`, and neither end is told. */
  forget(): void {
    for (const connection of this.#connections) connection.forget()
  }

  /** Breaks the connections of now; new ones pass. */
  reset(): void {
    for (const connection of this.#connections) connection.reset()
    this.#connections.clear()
  }

  /** Breaks the connections of now and refuses new ones. */
  async cut(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    const closed = listener && new Promise((resolve) => listener.close(resolve))
    this.reset()
    await closed
  }

  /** Everything passes again. */
  async heal(): Promise<void> {
    this.#conditions.delayMs = 0
    this.#conditions.bytesPerSecond = Number.POSITIVE_INFINITY
    this.#conditions.letGo()
    if (this.#listener === undefined) await this.#listen()
  }

  /** Safe twice. */
  async dispose(): Promise<void> {
    await this.cut()
  }

  #listen(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#take(client))
    return new Promise((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(this.port, '127.0.0.1', () => {
        this.#listener = listener
        resolve()
      })
    })
  }

  #take(client: Socket): void {
    const connection = new Connection(client, this.#target, this.#conditions)
    this.#connections.add(connection)
    client.once('close', () => this.#connections.delete(connection))
  }
}
