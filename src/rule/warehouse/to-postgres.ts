import type { ResultProcessor } from '../rule.js'
import { placeOf, textOf } from './secret-url.js'
import { type TableOptions, tableSettings } from './table-options.js'
import { writeRun } from './warehouse.js'

/** Where `toPostgres` writes, and how. */
export interface PostgresWarehouseOptions extends TableOptions {
  /** `postgres://user:password@host:5432/database`, or `env:NAME` for the variable that holds it. */
  readonly url: string
  /** The schema of the tables, which must be there; `public` unless given. */
  readonly schema?: string
}

/**
 * Writes each keyset into a table of PostgreSQL: `toPostgres({ url: 'env:WAREHOUSE_URL', mode: 'replace' })`. It needs the package pg.
 *
 * All keysets and the run's id in one transaction; a run that was written is not written again. NUL, which PostgreSQL cannot hold in a
 * text, becomes U+FFFD.
 *
 * @throws RuleError `rule` when the options make no sense. Nothing is opened before a run is written.
 */
export function toPostgres(options: PostgresWarehouseOptions): ResultProcessor {
  const settings = tableSettings('toPostgres', options, ['url!', 'schema'])
  const { url, schema = 'public' } = options
  return {
    name: `postgres ${placeOf(url)}`,
    async write(results, run) {
      const place = placeOf(textOf(url))
      const { openPostgresWarehouse } = await import('./postgres-warehouse.js')
      const { isTransient } = await import('./postgres-errors.js')
      const open = () => openPostgresWarehouse(url, { settings, run, place, schema })
      await writeRun(open, results, { run, place, settings, isTransient })
    },
  }
}
