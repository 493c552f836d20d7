import type mysql from 'mysql2/promise'
import { RuleError } from '../../core/errors.js'
import { abortable } from '../abortable.js'
import type { KeysetRows } from '../rule.js'
import { isDuplicate, mysqlMeaning } from './mysql-errors.js'
import {
  COLUMNS,
  type Column,
  collationOf,
  HEAD,
  type Head,
  HOLDS,
  isExact,
  KEYS,
  type KeyPart,
} from './mysql-tables.js'
import { packsOf } from './packs.js'
import { urlOf } from './secret-url.js'
import { createSql, type Dialect, insertSql, valuesOf } from './sql.js'
import type { StandingTable } from './standing-table.js'
import { RUNS, type Table } from './table.js'
import type { Cell } from './values.js'
import { explained, type Warehouse, type WriteContext } from './warehouse.js'

/** What a write into a server is told. */
export interface MysqlContext extends WriteContext {
  readonly place: string
}

/** How long to wait for a server to let us in. */
const CONNECT_MS_MAX = 10_000

/** InnoDB's bound for a key, 3,072 bytes, in characters of four: https://dev.mysql.com/doc/refman/8.4/en/innodb-limits.html */
const KEY_CHARACTERS_MAX = 768

/** The server takes statements of 16 MiB unless it is told otherwise. */
const PACK = { rowsMax: 2_000, bytesMax: 2 * 2 ** 20 }

/** Connects to a MySQL or MariaDB for the write of one run. */
export async function openMysqlWarehouse(given: string, context: MysqlContext): Promise<Warehouse> {
  const url = urlOf(given, ['mysql:', 'mariadb:'])
  const driver = await loadDriver()
  const { signal } = context.run
  const { timeoutMs } = context.settings
  try {
    const connecting = driver.createConnection({
      uri: url.href,
      charset: 'utf8mb4',
      connectTimeout: Math.min(timeoutMs, CONNECT_MS_MAX),
      supportBigNumbers: true,
    })
    // One that comes too late is let go.
    connecting.then((connection) => signal.aborted && connection.destroy()).catch(() => {})
    return await MysqlWarehouse.on(await abortable(connecting, signal), context)
  } catch (error) {
    signal.throwIfAborted()
    throw explained(error, (cause) => mysqlMeaning(cause, context.place))
  }
}

class MysqlWarehouse implements Warehouse {
  readonly #connection: mysql.Connection
  readonly #context: MysqlContext
  readonly #dialect: Dialect
  readonly #onAbort = (): void => this.#connection.destroy()

  private constructor(connection: mysql.Connection, context: MysqlContext, collation: string) {
    this.#connection = connection
    this.#context = context
    this.#dialect = {
      quote: backQuoted,
      place: ({ name }) => backQuoted(name),
      types: { text: 'longtext', integer: 'bigint', number: 'double' },
      keyType: (columns) => `varchar(${Math.floor(KEY_CHARACTERS_MAX / columns)})`,
      tableEnd: ` engine=InnoDB row_format=dynamic character set utf8mb4 collate ${collation}`,
    }
    context.run.signal.addEventListener('abort', this.#onAbort)
  }

  static async on(connection: mysql.Connection, context: MysqlContext): Promise<MysqlWarehouse> {
    // Without a listener an error between two statements would end the process; the next statement reports it.
    connection.on('error', () => {})
    const timeout = context.settings.timeoutMs
    const ask = (sql: string) => abortable(connection.query({ sql, timeout }), context.run.signal)
    try {
      const lockSeconds = Math.ceil(timeout / 1_000)
      // Strict, so that what does not fit is an error; and backslashes escape, as the driver has it.
      await ask(
        `set sql_mode = 'STRICT_ALL_TABLES', innodb_lock_wait_timeout = ${lockSeconds}, lock_wait_timeout = ${lockSeconds}`,
      )
      await ask('set session transaction isolation level read committed')
      const [rows] = await ask('select version() as version')
      const [row] = rows as unknown as readonly { readonly version: string }[]
      return new MysqlWarehouse(connection, context, collationOf(row?.version ?? ''))
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** The transaction begins with the claim: tables that are made end one. */
  async begin(): Promise<void> {}

  async standing(table: string): Promise<StandingTable | undefined> {
    const [head] = await this.#rows<Head>(HEAD, [table])
    if (head === undefined) return undefined
    const columns = await this.#rows<Column>(COLUMNS, [table])
    const parts = await this.#rows<KeyPart>(KEYS, [table])
    const names = [...new Set(parts.map(({ key }) => key))]
    const keys = names.map((name) => parts.filter(({ key }) => key === name))
    const isWhole = head.engine?.toLowerCase() === 'innodb'
    return {
      columns: columns.map(({ name, type, is_required }) => ({
        name,
        type,
        holds: HOLDS.get(type.toLowerCase()) ?? [],
        isRequired: is_required === 1,
      })),
      keys: keys.filter((key) => key.every(isExact)).map((key) => key.map(({ name }) => name)),
      otherKeys: keys.map((key) => key.map(({ name }) => name)),
      faults: isWhole ? [] : [`its engine is ${head.engine ?? 'none'}, and only InnoDB writes all or nothing`],
    }
  }

  async create(table: Table): Promise<void> {
    await this.#run(createSql(this.#dialect, table))
  }

  async hasRun(id: string): Promise<boolean> {
    return (await this.#rows('select 1 from hob_runs where run = ?', [id])).length > 0
  }

  async claim(row: readonly [string, string, string]): Promise<boolean> {
    await this.#run('start transaction')
    try {
      await this.#ask(`${insertSql(this.#dialect, RUNS, '')} values (${row.map(literal).join(', ')})`, [])
      return true
    } catch (error) {
      if (isDuplicate(error)) return false
      throw this.#explained(error)
    }
  }

  async fill(table: Table, rows: KeysetRows): Promise<void> {
    const { run } = this.#context
    const insert = insertSql(this.#dialect, table, '')
    const then = this.#conflict(table)
    for await (const pack of packsOf(table, rows, { runId: run.id, ...PACK })) {
      run.signal.throwIfAborted()
      await this.#run(`${insert} values ${pack.map((row) => `(${row.map(literal).join(',')})`).join(',')}${then}`)
    }
  }

  async commit(): Promise<void> {
    await this.#run('commit')
  }

  async close(): Promise<void> {
    this.#context.run.signal.removeEventListener('abort', this.#onAbort)
    this.#connection.destroy()
  }

  /** What becomes of a row whose key is there. `values(column)` is the one way that both servers understand. */
  #conflict(table: Table): string {
    const [first] = table.key
    if (first === undefined) return ''
    const { mode } = this.#context.settings
    const sets = valuesOf(table).map(({ name, kind }) => {
      const column = backQuoted(name)
      const fresh = `values(${column})`
      return `${column} = ${mode === 'add' && kind !== 'text' ? `coalesce(${column} + ${fresh}, ${column}, ${fresh})` : fresh}`
    })
    return ` on duplicate key update ${sets.length > 0 ? sets.join(', ') : `${backQuoted(first)} = ${backQuoted(first)}`}`
  }

  async #run(sql: string): Promise<void> {
    await this.#rows(sql, [])
  }

  async #rows<R>(sql: string, values: readonly string[]): Promise<readonly R[]> {
    try {
      return (await this.#ask(sql, values)) as readonly R[]
    } catch (error) {
      throw this.#explained(error)
    }
  }

  async #ask(sql: string, values: readonly string[]): Promise<unknown> {
    // Above the server's own bound, for a server that answers no more. Without values nothing in the text is taken for a place of one.
    const options = {
      sql,
      timeout: this.#context.settings.timeoutMs + 2_000,
      ...(values.length > 0 && { values: [...values] }),
    }
    return (await abortable(this.#connection.query(options), this.#context.run.signal))[0]
  }

  #explained(error: unknown): unknown {
    return explained(error, (cause) => mysqlMeaning(cause, this.#context.place))
  }
}

const backQuoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** A value in the text of a statement. In strict mode, and in UTF-8, these three are all that a text must escape. */
function literal(cell: Cell): string {
  if (typeof cell === 'string') return `'${cell.replace(/[\0'\\]/g, (sign) => (sign === '\0' ? '\\0' : `\\${sign}`))}'`
  if (typeof cell !== 'number') return String(cell)
  // With an exponent it is a double, and keeps the sign of zero; without, it is a decimal.
  return Number.isFinite(cell)
    ? `${Object.is(cell, -0) ? '-0' : cell}${String(cell).includes('e') ? '' : 'e0'}`
    : 'null'
}

/** Loaded here and not above: whoever writes elsewhere needs no driver. */
async function loadDriver(): Promise<typeof mysql> {
  try {
    return (await import('mysql2/promise')).default
  } catch (cause) {
    throw new RuleError('warehouse', 'toMysql needs the package mysql2', { hint: 'npm install mysql2', cause })
  }
}
