import { realpathSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { ArgumentError } from '../../core/errors.js'
import type { Step, StepResult } from '../job-store.js'
import type { OpenTransaction, Transactions } from '../transactions.js'
import { kitchenError } from './errors.js'
import { applySteps } from './jobs.js'
import type { OpenedFile } from './opened-file.js'
import { prepareSql, type Sql } from './sql.js'
import { Transaction } from './transaction.js'

interface TransactionsOptions {
  readonly file: string
  readonly place: string
  readonly nowMs: () => number
  readonly opened: OpenedFile
}

/** Joins transactions that a program has begun on a better-sqlite3 handle of its own, on the kitchen's file. */
export class SqliteTransactions implements Transactions {
  readonly #file: string
  readonly #opened: OpenedFile
  readonly #place: string
  readonly #nowMs: () => number
  readonly #prepared = new WeakMap<Database, Sql>()

  constructor({ file, place, nowMs, opened }: TransactionsOptions) {
    this.#file = file
    this.#opened = opened
    this.#place = place
    this.#nowMs = nowMs
  }

  async commitWithin(handle: OpenTransaction, steps: readonly Step[]): Promise<readonly StepResult[]> {
    this.#opened.check()
    const sql = this.#sqlOf(handle)
    try {
      const transaction = new Transaction(sql, this.#nowMs())
      const results = applySteps(transaction, steps)
      transaction.finish()
      return results
    } catch (error) {
      throw kitchenError(error, this.#place)
    } finally {
      // Whether a queue that was made here stays, the caller decides.
      sql.forgetQueues()
    }
  }

  #sqlOf(handle: OpenTransaction): Sql {
    if (!isDatabase(handle)) throw new ArgumentError('transaction is no better-sqlite3 handle')
    if (!handle.inTransaction) {
      throw new ArgumentError('no transaction is begun on this handle', {
        hint: "Call handle.exec('BEGIN IMMEDIATE') first.",
      })
    }
    const prepared = this.#prepared.get(handle)
    if (prepared !== undefined) return prepared
    if (handle.memory || realpathSync(handle.name) !== realpathSync(this.#file)) {
      throw new ArgumentError(`this handle is of ${handle.name}, not of the kitchen's file ${this.#place}`)
    }
    const sql = prepareSql(handle)
    this.#prepared.set(handle, sql)
    return sql
  }
}

/** By its shape, since the program may have a copy of the driver of its own. */
const isDatabase = (handle: OpenTransaction): handle is Database =>
  'prepare' in handle && 'inTransaction' in handle && 'name' in handle && typeof handle.name === 'string'
