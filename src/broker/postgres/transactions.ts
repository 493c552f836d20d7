import { ArgumentError } from '../../core/errors.js'
import type { Step, StepResult } from '../job-store.js'
import type { OpenTransaction, Transactions } from '../transactions.js'
import type { Asker, Call } from './asker.js'
import { applySteps } from './commit.js'
import { isOvertaken, kitchenError, sqlState } from './errors.js'
import { Queues } from './queues.js'
import type { Sql, Statement } from './sql.js'
import { persistently } from './writer.js'

/** What a caller's transaction has to offer: `pg`'s clients have it, and an adapter of one method gives it to others. */
interface QueryRunner {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly object[] }>
}

/** Joins transactions that a program has begun on a connection of its own to the kitchen's database. */
export class PostgresTransactions implements Transactions {
  readonly #sql: Sql
  readonly #place: string

  constructor(sql: Sql, place: string) {
    this.#sql = sql
    this.#place = place
  }

  async commitWithin(transaction: OpenTransaction, steps: readonly Step[]): Promise<readonly StepResult[]> {
    if (!isQueryRunner(transaction)) {
      throw new ArgumentError('transaction has no method query(text, values)', {
        hint: 'Give the client of pg on which BEGIN was called, or an adapter: see docs/library.md.',
      })
    }
    const foreign = new ForeignAsker(transaction)
    try {
      return await persistently(isOvertaken, () => this.#apply(foreign, steps))
    } catch (error) {
      throw kitchenError(error, this.#place)
    }
  }

  /** A savepoint, since an error would else end the caller's transaction, and what was overtaken can be tried again. */
  async #apply(foreign: ForeignAsker, steps: readonly Step[]): Promise<readonly StepResult[]> {
    await begin(foreign)
    try {
      // Queues that the caller's transaction made are seen in it only, so none is kept in mind.
      const applied = await applySteps(foreign, { sql: this.#sql, queues: new Queues(this.#sql) }, steps)
      if (applied.isBehind) await foreign.run([[this.#sql.forgetLanes, []]])
      await foreign.script('RELEASE SAVEPOINT hob_steps')
      return applied.results
    } catch (error) {
      await foreign.script('ROLLBACK TO SAVEPOINT hob_steps')
      throw error
    }
  }
}

async function begin(foreign: ForeignAsker): Promise<void> {
  try {
    await foreign.script('SAVEPOINT hob_steps')
  } catch (error) {
    if (sqlState(error) !== '25P01') throw error
    throw new ArgumentError('no transaction is begun on this connection', { hint: "Call query('BEGIN') first." })
  }
}

const isQueryRunner = (transaction: object): transaction is QueryRunner =>
  'query' in transaction && typeof transaction.query === 'function'

/** Runs our statements on a connection of the caller's: unprepared, one after the other, values as text and numbers only. */
class ForeignAsker implements Asker {
  readonly #runner: QueryRunner

  constructor(runner: QueryRunner) {
    this.#runner = runner
  }

  async answer<A>(statement: Statement, values: readonly (string | number | null)[]): Promise<A> {
    const [rows] = await this.run([[statement, values]])
    return JSON.parse((rows?.[0] as { answer?: string } | undefined)?.answer ?? '[]') as A
  }

  async run(calls: readonly Call[]): Promise<readonly (readonly object[])[]> {
    const results: (readonly object[])[] = []
    for (const [{ text }, values] of calls) results.push((await this.#runner.query(text, [...values])).rows)
    return results
  }

  async script(text: string): Promise<void> {
    await this.#runner.query(text, [])
  }
}
