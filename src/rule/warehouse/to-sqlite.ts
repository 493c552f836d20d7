import { resolve } from 'node:path'
import type { ResultProcessor } from '../rule.js'
import { type TableOptions, tableSettings } from './table-options.js'
import { writeRun } from './warehouse.js'

/** Where `toSqlite` writes, and how. */
export interface SqliteOptions extends TableOptions {
  /** A database file, from the folder that the program runs in; made when there is none, and its folder too. */
  readonly file: string
}

/**
 * Writes each keyset into a table of a SQLite file: `toSqlite({ file: 'warehouse.db', mode: 'add' })`.
 *
 * All keysets and the run's id in one transaction; a run that was written is not written again.
 *
 * @throws RuleError `rule` when the options make no sense. Nothing is opened before a run is written.
 */
export function toSqlite(options: SqliteOptions): ResultProcessor {
  const settings = tableSettings('toSqlite', options, ['file!'])
  const { file } = options
  return {
    name: `sqlite ${file}`,
    async write(results, run) {
      const { openSqliteWarehouse } = await import('./sqlite-warehouse.js')
      const open = () => openSqliteWarehouse(resolve(file), { settings, run })
      await writeRun(open, results, { run, place: file, settings })
    },
  }
}
