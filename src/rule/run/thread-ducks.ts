import { tmpdir } from 'node:os'
import { Duck, type DuckOptions } from '../result/duck.js'
import { GAUGE, LOADING, type TaskRoom, type ThreadData } from './thread-task.js'

/** DuckDB refuses to work with less. */
const DUCK_BYTES_MIN = 64 * 1024 * 1024

/** Lends a DuckDB to the tasks of a thread; what one task leaves, the next gets. */
export class ThreadDucks {
  /** What the task at work may hold. */
  room: TaskRoom = { memoryBytes: DUCK_BYTES_MIN, threads: 1 }
  readonly #data: ThreadData
  /** Those that are at work. */
  readonly #lent = new Set<Duck>()
  /** Left by the last task for the next. */
  #idle: Duck | null = null

  constructor(data: ThreadData) {
    this.#data = data
  }

  /** Opens one for the first task that needs one. */
  async makeReady(): Promise<void> {
    const duck = await Duck.open({ memoryBytes: DUCK_BYTES_MIN, threads: 1, folder: tmpdir() })
    if (this.#idle === null) this.#idle = duck
    else await duck.close()
  }

  /** Lends one for work in a folder. */
  lend<T>(folder: string, use: (duck: Duck) => Promise<T>): Promise<T> {
    return this.lendLazily(folder, async (duck) => use(await duck()))
  }

  /** Lends one that is opened when it is asked for. */
  async lendLazily<T>(folder: string, use: (duck: () => Promise<Duck>) => Promise<T>): Promise<T> {
    let opened: Promise<Duck> | undefined
    const duck = (): Promise<Duck> => {
      opened ??= this.#open(folder)
      return opened
    }
    let isWell = false
    try {
      const made = await use(duck)
      isWell = true
      return made
    } finally {
      if (opened !== undefined) await this.#leave(await opened, isWell)
    }
  }

  /** Ends the statement that DuckDB is at, if any. */
  interrupt(): void {
    for (const duck of this.#lent) duck.interrupt()
  }

  async #open(folder: string): Promise<Duck> {
    this.#data.gauges[GAUGE.isNative] = 1
    const { memoryBytes, threads } = this.room
    // What a map task held is let go of by then; a quarter is for the batches on their way, and for what DuckDB does not count.
    const options = { memoryBytes: Math.max(DUCK_BYTES_MIN, Math.floor(memoryBytes * 0.75)), threads, folder }
    const idle = this.#idle
    this.#idle = null
    const duck = (await moved(idle, options)) ?? (await Duck.open(options))
    this.#lent.add(duck)
    return duck
  }

  /** @param isWell Its task went well: of one that failed nobody knows what it left. */
  async #leave(duck: Duck, isWell: boolean): Promise<void> {
    this.#lent.delete(duck)
    Atomics.compareExchange(this.#data.loading, 0, LOADING.not, LOADING.done)
    if (isWell && duck.isAtRest && this.#idle === null) this.#idle = duck
    else await duck.close()
    this.#data.gauges[GAUGE.isNative] = this.#lent.size > 0 ? 1 : 0
  }
}

/** A DuckDB that is there, at its next work; null when there is none, or it cannot go there. */
async function moved(idle: Duck | null, options: DuckOptions): Promise<Duck | null> {
  try {
    await idle?.move(options)
    return idle
  } catch {
    await idle?.close()
    return null
  }
}
