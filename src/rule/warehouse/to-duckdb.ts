import { dirname, resolve } from 'node:path'
import type { ResultProcessor } from '../rule.js'
import { type TableOptions, tableSettings } from './table-options.js'
import { writeRun } from './warehouse.js'

/** Where `toDuckdb` writes, and how. */
export interface DuckdbOptions extends TableOptions {
  /** A DuckDB file, from the folder that the program runs in; made when there is none, and its folder too. */
  readonly file: string
}

/**
 * Writes each keyset into a table of a DuckDB file: `toDuckdb({ file: 'warehouse.duckdb', mode: 'replace' })`.
 *
 * All keysets and the run's id in one transaction; a run that was written is not written again. DuckDB lets one process at a time open
 * a file that is written: while another has it open, the write waits, at most `timeoutMs`. `FILE.hob-lock` stays beside it, empty.
 *
 * @throws RuleError `rule` when the options make no sense. Nothing is opened before a run is written.
 */
export function toDuckdb(options: DuckdbOptions): ResultProcessor {
  const settings = tableSettings('toDuckdb', options, ['file!'])
  const { file } = options
  return {
    name: `duckdb ${file}`,
    async write(results, run) {
      const { openDuckdbWarehouse } = await import('./duckdb-warehouse.js')
      // Where the results are there is room for what does not fit into memory, and it is cleared when the run has ended, however.
      const spillFolder = dirname(results[0]?.file || resolve(file))
      const open = () => openDuckdbWarehouse(resolve(file), { settings, run, spillFolder })
      await writeRun(open, results, { run, place: file, settings })
    },
  }
}
