import type { Value } from './asker.js'
import { kitchenError } from './errors.js'
import type { Link } from './link.js'
import type { Pool } from './pool.js'
import type { Sql } from './sql.js'

/** Runs what needs no company: reads, and the rarer writes. Whatever fails, fails in Hob's words. */
export class Reader {
  readonly #pool: Pool
  readonly #sql: Sql
  readonly #place: string

  constructor(pool: Pool, sql: Sql, place: string) {
    this.#pool = pool
    this.#sql = sql
    this.#place = place
  }

  rows<R extends object>(name: keyof Sql, values: readonly Value[] = []): Promise<readonly R[]> {
    return this.use((link, sql) => link.rows<R>(sql[name], values))
  }

  async use<T>(run: (link: Link, sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await this.#pool.use((link) => run(link, this.#sql))
    } catch (error) {
      throw kitchenError(error, this.#place)
    }
  }
}
