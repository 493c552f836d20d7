import type { Database } from 'better-sqlite3'
import { monotonicClock } from '../../core/clock.js'
import { isBusy, kitchenError } from './errors.js'
import type { OpenedFile } from './opened-file.js'
import type { Sql } from './sql.js'
import { Transaction } from './transaction.js'

/** How long a call may wait for other processes before it fails as `busy`. */
const BUSY_MS_MAX = 60_000

/** How a kitchen on SQLite is read and written. */
export interface WriterOptions {
  readonly nowMs: () => number
  /** The file as the caller named it. */
  readonly place: string
  readonly opened: OpenedFile
}

/** One call's part of a transaction. */
interface Operation {
  readonly run: (transaction: Transaction) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: whatever one turn of the event loop asks for shares one `BEGIN IMMEDIATE … COMMIT`, and so one fsync.
 * A settle and the take that follows it are fused without either knowing of the other.
 *
 * A locked database is tried again from a timer, never with SQLite's own busy timeout: that blocks the event loop, and
 * with four writers at `synchronous=FULL` it starved one of them for three seconds.
 */
export class Writer {
  readonly #database: Database
  readonly #sql: Sql
  readonly #nowMs: () => number
  readonly #place: string
  readonly #opened: OpenedFile
  #waiting: Operation[] = []
  #isScheduled = false
  #busySinceMs: number | null = null
  /** How often the lock was asked for in vain since it was last held. */
  #refusals = 0

  constructor(database: Database, sql: Sql, options: WriterOptions) {
    this.#database = database
    this.#sql = sql
    this.#nowMs = options.nowMs
    this.#place = options.place
    this.#opened = options.opened
  }

  /** Runs `run` in the next transaction and resolves once that is durable. A throw undoes only `run`. */
  write<T>(run: (transaction: Transaction) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject })
      if (this.#isScheduled) return
      this.#isScheduled = true
      setImmediate(() => this.#flush())
    })
  }

  /** Runs a read, again and again while a restarting neighbour locks the file. */
  async read<T>(run: () => T): Promise<T> {
    const startedMs = monotonicClock.nowMs()
    for (let refusals = 1; ; refusals++) {
      try {
        this.#opened.check()
        return run()
      } catch (error) {
        if (!isBusy(error) || monotonicClock.nowMs() - startedMs > BUSY_MS_MAX) throw kitchenError(error, this.#place)
        await new Promise((resolve) => setTimeout(resolve, pauseMs(refusals)))
      }
    }
  }

  /** Resolves when all that was asked for has ended, one way or the other. */
  async drain(): Promise<void> {
    while (this.#isScheduled) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  #flush(): void {
    const batch = this.#waiting
    this.#waiting = []
    try {
      this.#opened.check()
      this.#sql.begin.run()
    } catch (error) {
      this.#notBegun(batch, error)
      return
    }
    this.#busySinceMs = null
    this.#refusals = 0
    this.#isScheduled = false
    this.#commit(batch)
  }

  #notBegun(batch: Operation[], error: unknown): void {
    this.#busySinceMs ??= monotonicClock.nowMs()
    const isPatient = isBusy(error) && monotonicClock.nowMs() - this.#busySinceMs < BUSY_MS_MAX
    if (isPatient) {
      this.#waiting = [...batch, ...this.#waiting]
      setTimeout(() => this.#flush(), pauseMs(++this.#refusals))
      return
    }
    this.#busySinceMs = null
    this.#refusals = 0
    this.#isScheduled = false
    fail(batch, kitchenError(error, this.#place))
  }

  #commit(batch: readonly Operation[]): void {
    const values: unknown[] = []
    try {
      const transaction = new Transaction(this.#sql, this.#nowMs())
      for (const operation of batch) values.push(operation.run(transaction))
      transaction.finish()
      this.#sql.commit.run()
    } catch (error) {
      this.#undo(batch, error)
      return
    }
    for (const [index, operation] of batch.entries()) operation.resolve(values[index] as never)
  }

  /** Nothing of the batch took effect. Alone, the operation is at fault; together, each gets a transaction of its own. */
  #undo(batch: readonly Operation[], error: unknown): void {
    this.#sql.forgetQueues()
    // SQLite has rolled back by itself after some errors, such as a full disk.
    try {
      if (this.#database.inTransaction) this.#sql.rollback.run()
    } catch {
      // The connection is beyond help: what follows on it fails, and says why.
    }
    if (batch.length === 1) {
      fail(batch, kitchenError(error, this.#place))
      return
    }
    for (const operation of batch) this.#alone(operation)
  }

  #alone(operation: Operation): void {
    try {
      this.#sql.begin.run()
    } catch (error) {
      if (isBusy(error)) this.write(operation.run).then(operation.resolve as (value: unknown) => void, operation.reject)
      else fail([operation], kitchenError(error, this.#place))
      return
    }
    this.#commit([operation])
  }
}

function fail(batch: readonly Operation[], error: unknown): void {
  for (const operation of batch) operation.reject(error)
}

/** Longer than a queue of thirty-two commits takes; a lease lasts forty times as long. */
const PAUSE_MS_MAX = 25

/** After so many refusals, so short again. */
const LONG_WAIT = 10
const LONG_WAIT_PAUSE_MS_MAX = 12

/**
 * Short and uneven, so that waiting processes do not march in step; longer in a crowd, where most are refused: thirty-two
 * that came back every 3 ms used up a core of two, and slowed each other to a ninth. Shorter for who has waited long: who had just come
 * asked more often, and so one of four workers got a tenth of the turns.
 */
const pauseMs = (refusals: number): number =>
  1 + Math.random() * (refusals > LONG_WAIT ? LONG_WAIT_PAUSE_MS_MAX : Math.min(4 * refusals, PAUSE_MS_MAX))
