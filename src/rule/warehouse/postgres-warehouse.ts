import type pg from 'pg'
import { RuleError } from '../../core/errors.js'
import { abortable } from '../abortable.js'
import type { KeysetRows } from '../rule.js'
import { packsOf } from './packs.js'
import { postgresMeaning } from './postgres-errors.js'
import { COLUMNS, type Column, HOLDS, KEYS } from './postgres-tables.js'
import { urlOf } from './secret-url.js'
import { conflictSql, createSql, type Dialect, doubleQuoted, insertSql } from './sql.js'
import type { StandingTable } from './standing-table.js'
import { RUNS, type Table } from './table.js'
import type { Cell } from './values.js'
import { explained, type Warehouse, type WriteContext } from './warehouse.js'

/** What a write into a server is told. */
export interface PostgresContext extends WriteContext {
  readonly place: string
  readonly schema: string
}

/** How long to wait for a server to let us in. */
const CONNECT_MS_MAX = 10_000

/** Connects to a PostgreSQL for the write of one run. */
export async function openPostgresWarehouse(given: string, context: PostgresContext): Promise<Warehouse> {
  const url = urlOf(given, ['postgres:', 'postgresql:'])
  const { Client } = await loadDriver()
  const { timeoutMs } = context.settings
  const client = new Client({
    connectionString: url.href,
    application_name: 'hob',
    connectionTimeoutMillis: Math.min(timeoutMs, CONNECT_MS_MAX),
    statement_timeout: timeoutMs,
    // The server's own bound comes first; this one is for a server that no longer answers.
    query_timeout: timeoutMs + 2_000,
    // A process that is stopped in the middle shall not keep its locks for ever.
    idle_in_transaction_session_timeout: timeoutMs,
    keepAlive: true,
  })
  // Without a listener an error between two statements would end the process; the next statement reports it.
  client.on('error', () => {})
  const warehouse = new PostgresWarehouse(client, context)
  await warehouse.connect()
  return warehouse
}

class PostgresWarehouse implements Warehouse {
  readonly #client: pg.Client
  readonly #context: PostgresContext
  readonly #dialect: Dialect
  readonly #onAbort = (): void => this.#cut()
  #isOpen = true

  constructor(client: pg.Client, context: PostgresContext) {
    this.#client = client
    this.#context = context
    const schema = doubleQuoted(context.schema)
    this.#dialect = {
      quote: doubleQuoted,
      place: ({ name }) => `${schema}.${doubleQuoted(name)}`,
      types: { text: 'text', integer: 'bigint', number: 'double precision' },
      keyType: () => 'text',
      tableEnd: '',
    }
  }

  async connect(): Promise<void> {
    this.#context.run.signal.addEventListener('abort', this.#onAbort)
    try {
      await abortable(this.#client.connect(), this.#context.run.signal)
    } catch (error) {
      await this.close()
      this.#context.run.signal.throwIfAborted()
      throw this.#explained(error)
    }
  }

  async begin(): Promise<void> {
    // What others commit meanwhile is seen, so that who waited for them goes by what they left.
    await this.#run('begin isolation level read committed')
  }

  async standing(table: string): Promise<StandingTable | undefined> {
    const names = [this.#context.schema, table]
    const columns = await this.#rows<Column>(COLUMNS, names)
    if (columns.length === 0) return undefined
    const keys = await this.#rows<{ readonly columns: readonly string[] }>(KEYS, names)
    return {
      columns: columns.map(({ name, type, is_required }) => ({
        name,
        type,
        holds: HOLDS.get(type.replace(/\(.*/, '')) ?? [],
        isRequired: is_required,
      })),
      keys: keys.map((key) => key.columns),
      otherKeys: [],
      faults: columns.some(({ kind }) => kind !== 'r' && kind !== 'p') ? ['it is no table'] : [],
    }
  }

  /** One after the other: two that make the same table at once would both find none, and one would fail. */
  async create(table: Table): Promise<void> {
    await this.#run("select pg_advisory_xact_lock(hashtext('hob warehouse'))")
    await this.#run(createSql(this.#dialect, table))
  }

  async hasRun(id: string): Promise<boolean> {
    return (await this.#rows(`select 1 from ${this.#dialect.place(RUNS)} where run = $1`, [id])).length > 0
  }

  async claim(row: readonly [string, string, string]): Promise<boolean> {
    const sql = `${insertSql(this.#dialect, RUNS, '')} values ($1, $2, $3) on conflict do nothing returning 1`
    return (await this.#rows(sql, [...row])).length > 0
  }

  async fill(table: Table, rows: KeysetRows): Promise<void> {
    const { settings, run } = this.#context
    const arrays = table.columns.map(({ kind }, at) => `$${at + 1}::${this.#dialect.types[kind]}[]`).join(', ')
    const insert = insertSql(this.#dialect, table, ' as standing')
    const text = `${insert} select * from unnest(${arrays})${conflictSql(this.#dialect, table, settings.mode)}`
    for await (const pack of packsOf(table, rows, { runId: run.id, ...PACK })) {
      run.signal.throwIfAborted()
      await this.#run(
        text,
        table.columns.map((_, at) => arrayText(pack, at)),
      )
    }
  }

  async commit(): Promise<void> {
    await this.#run('commit')
  }

  async close(): Promise<void> {
    this.#context.run.signal.removeEventListener('abort', this.#onAbort)
    if (!this.#isOpen) return
    // Nothing is to be said any more: what was not committed goes with the connection.
    this.#cut()
  }

  #cut(): void {
    this.#isOpen = false
    // A plain end() waits for the statement that runs.
    streamOf(this.#client).destroy()
    void this.#client.end().catch(() => {})
  }

  async #run(sql: string, values: readonly Cell[] = []): Promise<void> {
    await this.#rows(sql, values)
  }

  async #rows<R>(text: string, values: readonly Cell[]): Promise<readonly R[]> {
    try {
      const asked = this.#client.query({ text, values: [...values] })
      return (await abortable(asked, this.#context.run.signal)).rows as readonly R[]
    } catch (error) {
      throw this.#explained(error)
    }
  }

  #explained(error: unknown): unknown {
    return explained(error, (cause) => postgresMeaning(cause, this.#context.place))
  }
}

/** One statement of at most this much: the server holds it, and the driver does so twice. */
const PACK = { rowsMax: 5_000, bytesMax: 4 * 2 ** 20 }

/** A column of rows as the text of an array: all that JavaScript holds goes over exactly. */
function arrayText(rows: readonly (readonly Cell[])[], at: number): string {
  return `{${rows.map((row) => elementText(row[at] ?? null)).join(',')}}`
}

function elementText(cell: Cell): string {
  if (cell === null) return 'NULL'
  if (typeof cell !== 'string') return Object.is(cell, -0) ? '-0' : String(cell)
  return `"${cell.replaceAll('\0', '\ufffd').replace(/["\\]/g, '\\$&')}"`
}

const streamOf = (client: pg.Client): { destroy(): void } =>
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream

/** Loaded here and not above: whoever writes elsewhere needs no driver. */
async function loadDriver(): Promise<typeof pg> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new RuleError('warehouse', 'toPostgres needs the package pg', { hint: 'npm install pg', cause })
  }
}
