import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { KeysetRows } from '../rule.js'
import type { ColumnKind } from './column-kind.js'
import { conflictSql, createSql, type Dialect, doubleQuoted, insertSql } from './sql.js'
import { isBusy, sqliteMeaning } from './sqlite-errors.js'
import type { StandingTable } from './standing-table.js'
import { RUNS, type Table } from './table.js'
import { cellsOf } from './values.js'
import { explained, type Warehouse, type WriteContext } from './warehouse.js'

const DIALECT: Dialect = {
  quote: doubleQuoted,
  place: ({ name }) => doubleQuoted(name),
  types: { text: 'text', integer: 'bigint', number: 'double' },
  keyType: () => 'text',
  tableEnd: '',
}

/** Between two looks at a file that another is writing. */
const BUSY_PAUSE_MS = 50

/** Opens a SQLite file for the write of one run. */
export async function openSqliteWarehouse(file: string, context: WriteContext): Promise<Warehouse> {
  try {
    await mkdir(dirname(file), { recursive: true })
    return new SqliteWarehouse(new Database(file, { timeout: 0 }), file, context)
  } catch (error) {
    throw explained(error, (cause) => sqliteMeaning(cause, file))
  }
}

class SqliteWarehouse implements Warehouse {
  readonly #db: Database.Database
  readonly #file: string
  readonly #context: WriteContext

  constructor(db: Database.Database, file: string, context: WriteContext) {
    this.#db = db
    this.#file = file
    this.#context = context
  }

  /** Takes the only right to write, so that a second writer of the run waits here. It waits without blocking the process. */
  async begin(): Promise<void> {
    const { settings, run } = this.#context
    const untilMs = performance.now() + settings.timeoutMs
    for (;;) {
      try {
        this.#db.exec('begin immediate')
        return
      } catch (error) {
        if (!isBusy(error) || performance.now() > untilMs) throw this.#explained(error)
      }
      await sleep(BUSY_PAUSE_MS, undefined, { signal: run.signal })
    }
  }

  async standing(table: string): Promise<StandingTable | undefined> {
    return this.#do(() => {
      const db = this.#db
      const columns = db.prepare<[string], Column>('select * from pragma_table_xinfo(?) where hidden = 0').all(table)
      if (columns.length === 0) return undefined
      const primary = columns.filter(({ pk }) => pk > 0).map(({ name }) => name)
      const indexes = db
        .prepare<[string], { readonly name: string }>(
          'select name from pragma_index_list(?) where "unique" and not partial',
        )
        .all(table)
      const ofIndex = db.prepare<[string], IndexPart>('select name, coll from pragma_index_xinfo(?) where key')
      const keys = indexes.map((index) => ofIndex.all(index.name))
      return {
        columns: columns.map(({ name, type, notnull, dflt_value, pk }) => ({
          name,
          type: type || 'without a type',
          holds: heldBy(type),
          // The primary key of a table by rowid fills itself.
          isRequired:
            notnull !== 0 && dflt_value === null && !(pk > 0 && primary.length === 1 && /^integer$/i.test(type)),
        })),
        keys: keys
          .filter((key) => key.every(({ coll }) => coll === 'BINARY'))
          .map((key) => key.map(({ name }) => name)),
        otherKeys: [],
        faults: [],
      }
    })
  }

  async create(table: Table): Promise<void> {
    this.#do(() => this.#db.exec(createSql(DIALECT, table)))
  }

  async hasRun(id: string): Promise<boolean> {
    return this.#do(() => this.#db.prepare('select 1 from hob_runs where run = ?').get(id) !== undefined)
  }

  async claim(row: readonly [string, string, string]): Promise<boolean> {
    const sql = `${insertSql(DIALECT, RUNS, '')} values (?, ?, ?) on conflict do nothing`
    return this.#do(() => this.#db.prepare(sql).run(...row).changes === 1)
  }

  async fill(table: Table, rows: KeysetRows): Promise<void> {
    const { settings, run } = this.#context
    const toCells = cellsOf(table, run.id)
    const places = table.columns.map(() => '?').join(', ')
    const sql = `${insertSql(DIALECT, table, ' as standing')} values (${places})${conflictSql(DIALECT, table, settings.mode)}`
    const insert = this.#do(() => this.#db.prepare<unknown[]>(sql))
    for await (const batch of rows.batches()) {
      run.signal.throwIfAborted()
      this.#do(() => {
        for (const row of batch) insert.run(toCells(row))
      })
    }
  }

  async commit(): Promise<void> {
    this.#do(() => this.#db.exec('commit'))
  }

  async close(): Promise<void> {
    this.#db.close()
  }

  #do<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.#explained(error)
    }
  }

  #explained(error: unknown): unknown {
    return explained(error, (cause) => sqliteMeaning(cause, this.#file))
  }
}

interface IndexPart {
  readonly name: string
  readonly coll: string
}

interface Column {
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly dflt_value: string | null
  readonly pk: number
}

/** SQLite's own rule for the affinity of a declared type, https://www.sqlite.org/datatype3.html: only text is kept apart from numbers. */
function heldBy(type: string): readonly ColumnKind[] {
  if (/int/i.test(type)) return ['integer', 'number']
  if (/char|clob|text/i.test(type)) return ['text']
  if (type === '' || /blob/i.test(type)) return ['text', 'integer', 'number']
  return ['integer', 'number']
}
