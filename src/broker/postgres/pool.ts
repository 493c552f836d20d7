import type { Link } from './link.js'

/** Few connections, opened when they are needed; a broken one is replaced. */
export class Pool {
  readonly #open: () => Promise<Link>
  readonly #sizeMax: number
  readonly #idle: Link[] = []
  /** Those who wait for a connection, first come first served. */
  readonly #waiting: (() => void)[] = []
  readonly #links = new Set<Link>()
  /** Connections that are there, are being opened, or lent. */
  #size = 0

  constructor(open: () => Promise<Link>, sizeMax: number) {
    this.#open = open
    this.#sizeMax = sizeMax
  }

  /** How many connections can be had without waiting for others to return theirs. */
  get room(): number {
    return this.#idle.length + this.#sizeMax - this.#size
  }

  /**
   * Lends a connection to `use` alone.
   *
   * @throws What `use` throws, or what opening a connection does.
   */
  async use<T>(use: (link: Link) => Promise<T>): Promise<T> {
    const link = await this.#take()
    try {
      return await use(link)
    } finally {
      this.#return(link)
    }
  }

  /** Takes a connection in that was opened elsewhere. */
  add(link: Link): void {
    this.#size++
    this.#links.add(link)
    this.#idle.push(link)
  }

  /** Ends the connections that nobody uses: another one turned out to be dead, and they may be so for the same reason. */
  distrust(): void {
    for (const link of this.#idle.splice(0)) {
      this.#drop(link)
      link.destroy()
    }
  }

  /** Closes all connections, after what is under way on them. */
  async close(): Promise<void> {
    await Promise.all([...this.#links].map((link) => link.close().catch(() => link.destroy())))
  }

  async #take(): Promise<Link> {
    for (;;) {
      const link = this.#idle.pop()
      if (link !== undefined && !link.isBroken) return link
      if (link !== undefined) this.#drop(link)
      else if (this.#size < this.#sizeMax) return this.#make()
      else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async #make(): Promise<Link> {
    this.#size++
    try {
      const link = await this.#open()
      this.#links.add(link)
      return link
    } catch (error) {
      this.#size--
      this.#waiting.shift()?.()
      throw error
    }
  }

  #return(link: Link): void {
    if (link.isBroken) {
      this.#drop(link)
      this.distrust()
    } else {
      this.#idle.push(link)
    }
    this.#waiting.shift()?.()
  }

  #drop(link: Link): void {
    this.#size--
    this.#links.delete(link)
  }
}
