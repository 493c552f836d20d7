import type { ResultProcessor } from '../rule.js'
import { placeOf, textOf } from './secret-url.js'
import { type TableOptions, tableSettings } from './table-options.js'
import { writeRun } from './warehouse.js'

/** Where `toMysql` writes, and how. */
export interface MysqlOptions extends TableOptions {
  /** `mysql://user:password@host:3306/database`, also `mariadb:`, or `env:NAME` for the variable that holds it. */
  readonly url: string
}

/**
 * Writes each keyset into a table of MySQL or MariaDB: `toMysql({ url: 'env:WAREHOUSE_URL', mode: 'add' })`. It needs the package mysql2.
 *
 * All keysets and the run's id in one transaction; a run that was written is not written again. Missing tables are made before that,
 * since there a transaction cannot hold them. Texts in a key compare byte by byte and share 768 characters: 768 for a key of one column,
 * 384 for each of two, and so on; a longer one is refused. NaN and infinities become null, which MySQL cannot hold.
 *
 * @throws RuleError `rule` when the options make no sense. Nothing is opened before a run is written.
 */
export function toMysql(options: MysqlOptions): ResultProcessor {
  const settings = tableSettings('toMysql', options, ['url!'])
  const { url } = options
  return {
    name: `mysql ${placeOf(url)}`,
    async write(results, run) {
      const place = placeOf(textOf(url))
      const { openMysqlWarehouse } = await import('./mysql-warehouse.js')
      const { isTransient } = await import('./mysql-errors.js')
      const open = () => openMysqlWarehouse(url, { settings, run, place })
      await writeRun(open, results, { run, place, settings, isTransient })
    },
  }
}
