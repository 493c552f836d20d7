import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RuleError } from '../../core/errors.js'
import { Duck, type DuckValue } from '../result/duck.js'
import { asDouble, literal, literalPath, quoted } from '../result/sql-text.js'
import type { KeysetRows, ResultColumn } from '../rule.js'
import type { ColumnKind } from './column-kind.js'
import { duckdbMeaning, isLocked } from './duckdb-errors.js'
import { lockFile } from './file-lock.js'
import { conflictSql, createSql, type Dialect, insertSql } from './sql.js'
import type { StandingTable } from './standing-table.js'
import { RUN_COLUMN, RUNS, type Table, type TableColumn } from './table.js'
import type { Warehouse, WriteContext } from './warehouse.js'

/** What the file is called among the databases of the connection. */
const ALIAS = 'warehouse'

const DIALECT: Dialect = {
  quote: quoted,
  place: ({ name }) => `${ALIAS}.main.${quoted(name)}`,
  types: { text: 'varchar', integer: 'bigint', number: 'double' },
  keyType: () => 'varchar',
  tableEnd: '',
}

/** Enough for most; an index of a great table is what needs it. */
const MEMORY_BYTES = 512 * 2 ** 20

/** Between two tries to open a file that another has open. */
const PAUSE_MS = 100

/** What the write into a file is told. */
export interface DuckdbWrite extends WriteContext {
  /** Where what does not fit into memory goes. */
  readonly spillFolder: string
}

/** Opens a DuckDB file for the write of one run. */
export async function openDuckdbWarehouse(
  file: string,
  { settings, run, spillFolder }: DuckdbWrite,
): Promise<Warehouse> {
  const { signal } = run
  const wait = { timeoutMs: settings.timeoutMs, signal }
  let unlock: (() => void) | undefined
  let duck: Duck | undefined
  try {
    await mkdir(dirname(file), { recursive: true })
    unlock = await lockFile(`${file}.hob-lock`, wait)
    if (unlock === undefined) throw new Error('Could not set lock')
    duck = await Duck.open({ memoryBytes: MEMORY_BYTES, threads: 2, folder: spillFolder })
    await attach(duck, file, wait)
    return new DuckdbWarehouse(duck, { file, unlock, run, mode: settings.mode })
  } catch (error) {
    await duck?.close()
    unlock?.()
    signal.throwIfAborted()
    throw duckdbMeaning(error, file)
  }
}

/** Another process may have the file open, as a shell does. */
async function attach(duck: Duck, file: string, wait: { timeoutMs: number; signal: AbortSignal }): Promise<void> {
  const untilMs = performance.now() + wait.timeoutMs
  for (;;) {
    try {
      await duck.run(`attach ${literal(file)} as ${ALIAS} (type duckdb)`)
      return
    } catch (error) {
      if (!isLocked(error) || performance.now() > untilMs) throw error
    }
    await sleep(PAUSE_MS, undefined, { signal: wait.signal })
  }
}

interface DuckdbContext {
  readonly file: string
  readonly unlock: () => void
  readonly run: WriteContext['run']
  readonly mode: WriteContext['settings']['mode']
}

class DuckdbWarehouse implements Warehouse {
  readonly #duck: Duck
  readonly #context: DuckdbContext
  readonly #onAbort = (): void => this.#duck.interrupt()

  constructor(duck: Duck, context: DuckdbContext) {
    this.#duck = duck
    this.#context = context
    context.run.signal.addEventListener('abort', this.#onAbort)
  }

  async begin(): Promise<void> {
    await this.#all('begin')
  }

  async standing(table: string): Promise<StandingTable | undefined> {
    const where = `where database_name = '${ALIAS}' and schema_name = 'main' and lower(table_name) = lower($1)`
    const columns = await this.#all(
      `select column_name, data_type, not is_nullable and column_default is null from duckdb_columns() ${where} order by column_index`,
      [table],
    )
    if (columns.length === 0) return undefined
    const keys = await this.#all(
      `select array_to_string(constraint_column_names, chr(1)) from duckdb_constraints() ${where}
       and constraint_type in ('PRIMARY KEY', 'UNIQUE')`,
      [table],
    )
    const isTable = (await this.#all(`select 1 from duckdb_tables() ${where}`, [table])).length > 0
    return {
      columns: columns.map(([name, type, isRequired]) => ({
        name: String(name),
        type: String(type),
        holds: HOLDS.get(String(type).replace(/\(.*/, '')) ?? [],
        isRequired: isRequired === true,
      })),
      keys: keys.map(([names]) => String(names).split('\u0001')),
      otherKeys: [],
      faults: isTable ? [] : ['it is no table'],
    }
  }

  async create(table: Table): Promise<void> {
    await this.#all(createSql(DIALECT, table))
  }

  async hasRun(id: string): Promise<boolean> {
    return (await this.#all(`select 1 from ${DIALECT.place(RUNS)} where run = $1`, [id])).length > 0
  }

  /** Nobody else has the file. */
  async claim(row: readonly [string, string, string]): Promise<boolean> {
    await this.#all(`${insertSql(DIALECT, RUNS, '')} values ($1, $2, $3)`, row)
    return true
  }

  /** Straight from the Parquet file. Where keys come twice, their second rows go in a statement of their own, then the third … */
  async fill(table: Table, rows: KeysetRows): Promise<void> {
    const source = `read_parquet(${literalPath(rows.file)}, file_row_number = true)`
    await this.#checkWhole(table, rows, source)
    const types = new Map(rows.columns.map(({ name, type }) => [name, type]))
    const isAppended = table.key.length === 0
    const cells = table.columns.map((column) =>
      isAppended && column.name === RUN_COLUMN ? literal(this.#context.run.id) : cast(column, types.get(column.name)),
    )
    const insert = insertSql(DIALECT, table, isAppended ? '' : ' as standing')
    const then = conflictSql(DIALECT, table, this.#context.mode)
    const turns = isAppended ? 1 : await this.#turns(table, source)
    if (turns <= 1) {
      await this.#all(`${insert} select ${cells.join(', ')} from ${source}${then}`)
      return
    }
    const turn = `row_number() over (partition by ${table.key.map(quoted).join(', ')} order by file_row_number)`
    for (let at = 1; at <= turns; at++) {
      await this.#all(`${insert} select ${cells.join(', ')} from ${source} qualify ${turn} = ${at}${then}`)
    }
  }

  async commit(): Promise<void> {
    await this.#all('commit')
  }

  async close(): Promise<void> {
    this.#context.run.signal.removeEventListener('abort', this.#onAbort)
    try {
      // What was not committed goes with the connection.
      await this.#duck.close()
    } finally {
      this.#context.unlock()
    }
  }

  /** How often the key comes that comes most often. */
  async #turns({ key }: Table, source: string): Promise<number> {
    const [row] = await this.#all(
      `select max(n) from (select count(*) as n from ${source} group by ${key.map(quoted).join(', ')})`,
    )
    return Number(row?.[0] ?? 0)
  }

  /** DuckDB would round a fraction that goes into a column of whole numbers. */
  async #checkWhole(table: Table, rows: KeysetRows, source: string): Promise<void> {
    const types = new Map(rows.columns.map(({ name, type }) => [name, type]))
    for (const { name, kind } of table.columns) {
      if (kind !== 'integer' || types.get(name) === 'integer') continue
      const double = `try_cast(${types.get(name) === 'any' ? `(${quoted(name)}::json ->> '$')` : quoted(name)} as double)`
      const [row] = await this.#all(`select ${quoted(name)} from ${source} where ${double} <> trunc(${double}) limit 1`)
      if (row === undefined) continue
      throw new RuleError(
        'warehouse',
        `table '${table.name}': '${row[0]}' cannot go into column '${name}'; nothing was written`,
        {
          hint: '`types` of the processor says what a column is to be.',
        },
      )
    }
  }

  async #all(sql: string, values: readonly DuckValue[] = []): Promise<readonly (readonly unknown[])[]> {
    this.#context.run.signal.throwIfAborted()
    try {
      return await this.#duck.all(sql, values)
    } catch (error) {
      this.#context.run.signal.throwIfAborted()
      throw duckdbMeaning(error, this.#context.file)
    }
  }
}

/** A column of the Parquet file as one of the table. What a postprocess made of several kinds is JSON there. */
function cast({ name, kind }: TableColumn, type: ResultColumn['type'] | undefined): string {
  const value = type === 'any' ? `(${quoted(name)}::json ->> '$')` : quoted(name)
  return kind === 'number' && type === 'integer' ? asDouble(value) : `cast(${value} as ${DIALECT.types[kind]})`
}

const HOLDS: ReadonlyMap<string, readonly ColumnKind[]> = new Map<string, readonly ColumnKind[]>([
  ['VARCHAR', ['text']],
  ...['BIGINT', 'INTEGER', 'SMALLINT', 'HUGEINT'].map((type) => [type, ['integer']] as const),
  ['DECIMAL', ['integer']],
  ['DOUBLE', ['integer', 'number']],
])
