import { mkdirSync, type Stats, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import type Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { monotonicClock } from '../../core/clock.js'
import { KitchenError } from '../../core/errors.js'
import type { Broker } from '../broker.js'
import { composeBroker } from '../compose.js'
import { noKitchen } from '../no-kitchen.js'
import { SqliteControl } from './control.js'
import { isBusy, kitchenError } from './errors.js'
import { SqliteJobs } from './jobs.js'
import { OpenedFile } from './opened-file.js'
import { SqliteRecords } from './records.js'
import { prepareSql, type Sql } from './sql.js'
import { migrations } from './statements.generated.js'
import { SqliteTransactions } from './transactions.js'
import { SqliteWakeups } from './wakeups.js'
import { Writer } from './writer.js'

/** How to open a kitchen on SQLite. */
export interface SqliteOptions {
  readonly file: string
  /** `full` survives a power cut; `normal` may lose what was acknowledged since the last checkpoint. */
  readonly synchronous: 'full' | 'normal'
  readonly create: boolean
  /** The store's clock. All processes on a machine share the system's; a test brings its own. */
  readonly nowMs: () => number
}

/** Named outright, since better-sqlite3 else looks for it in fifteen places, which takes 5 ms of each start. */
const NATIVE: { readonly nativeBinding?: string } = nativeBinding()

function nativeBinding(): { readonly nativeBinding?: string } {
  try {
    const found = createRequire(import.meta.url).resolve('better-sqlite3/build/Release/better_sqlite3.node')
    return { nativeBinding: found }
  } catch {
    // Built in another way: let it look.
    return {}
  }
}

/** 'Hob' and a zero byte, in SQLite's header: tells our files from those of other programs. */
const APPLICATION_ID = 0x486f6200

/** How long to wait for others who are making the same kitchen. */
const OPEN_MS_MAX = 30_000

const NORMAL_LOSS =
  'a power cut may lose what was acknowledged since the last checkpoint, seconds as a rule (synchronous=normal); a crash of a process loses nothing'

/**
 * Opens a kitchen on one SQLite file, which any number of processes of this machine may share.
 *
 * @throws KitchenError `missing`, `denied`, `full`, `corrupt`, `foreign`, `newer` or `busy`.
 */
export async function openSqlite(options: SqliteOptions): Promise<Broker> {
  const file = resolve(options.file)
  prepareFolder(file, options)
  // Loaded here and not above, so that in the bundle of the command line help does not load it.
  const { default: driver } = await import('better-sqlite3')
  const { database, sql } = await untilFree(() => openDatabase(driver, file, options), options.file)
  const { nowMs } = options
  const opened = new OpenedFile(file, options.file)
  const writer = new Writer(database, sql, { nowMs, place: options.file, opened })
  const wakeups = new SqliteWakeups(writer, sql, { file, nowMs })
  const lossWindow = options.synchronous === 'normal' ? NORMAL_LOSS : null
  return composeBroker({
    capabilities: { opensInThreads: true, writesInTurn: true },
    jobStore: new SqliteJobs(writer),
    records: new SqliteRecords(writer, sql, nowMs),
    wakeups,
    transactions: new SqliteTransactions({ file, nowMs, place: options.file, opened }),
    control: new SqliteControl(writer, sql, { file, database, lossWindow, nowMs }),
    async close() {
      wakeups.close()
      await writer.drain()
      database.close()
    },
  })
}

function prepareFolder(file: string, options: SqliteOptions): void {
  const place = options.file
  const found = look(file, place)
  if (found !== undefined) {
    if (!found.isFile()) throw new KitchenError('foreign', `${place} is not a file`, { hint: 'Name a file.' })
    // An empty file is a database to SQLite: who only looks leaves it as it is.
    if (found.size === 0 && !options.create) throw noKitchen(place)
    return
  }
  if (!options.create) {
    throw noKitchen(place)
  }
  try {
    // Payloads may be private: only the owner looks in.
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  } catch (cause) {
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
    throw new KitchenError(isFull ? 'full' : 'denied', `cannot make the folder of ${place}`, {
      hint: 'Check that you may write there, or name another place with --kitchen.',
      cause,
    })
  }
}

/** Tries again while other processes make or recover the same file. */
async function untilFree<T>(open: () => T, place: string): Promise<T> {
  const startedMs = monotonicClock.nowMs()
  for (;;) {
    try {
      return open()
    } catch (error) {
      if (!isBusy(error) || monotonicClock.nowMs() - startedMs > OPEN_MS_MAX) throw kitchenError(error, place)
      await new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * 10))
    }
  }
}

/** @returns undefined when there is nothing. What may not be looked at is no such case. */
function look(file: string, place: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (cause) {
    const hint = 'Check the permissions of the file and its folder.'
    throw new KitchenError('denied', `may not look at ${place}`, { hint, cause })
  }
}

function openDatabase(
  driver: typeof Sqlite,
  file: string,
  options: SqliteOptions,
): { readonly database: Database; readonly sql: Sql } {
  // timeout 0: the Writer waits its turn without blocking the event loop.
  const database = new driver(file, { timeout: 0, ...NATIVE })
  try {
    refuseForeign(database, options.file)
    if (database.pragma('journal_mode = WAL', { simple: true }) !== 'wal') throw noWal(options.file)
    database.pragma(`synchronous = ${options.synchronous}`)
    // 16 MiB each: a log that is carried over four times less often, and room for the pages of a busy queue.
    database.pragma('wal_autocheckpoint = 4096')
    database.pragma('cache_size = -16384')
    migrate(database)
    return { database, sql: prepareSql(database) }
  } catch (error) {
    database.close()
    throw error
  }
}

const noWal = (place: string): KitchenError =>
  new KitchenError('fault', `the file system of ${place} keeps no write-ahead log`, {
    hint: 'Put the kitchen on a local disk.',
  })

function refuseForeign(database: Database, place: string): void {
  // Whose it is, last: when another process makes the kitchen between two of these, what it made is then known for ours.
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  const version = database.pragma('user_version', { simple: true }) as number
  const applicationId = database.pragma('application_id', { simple: true })
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || version !== 0 || tables !== 0)) {
    throw new KitchenError('foreign', `${place} is the database of another program`, {
      hint: 'Name another file with --kitchen sqlite:FILE.',
    })
  }
  if (version > migrations.length) {
    throw new KitchenError(
      'newer',
      `${place} was made by a newer Hob (schema ${version}, this one knows ${migrations.length})`,
      {
        hint: 'Update Hob on this machine.',
      },
    )
  }
}

function migrate(database: Database): void {
  const readVersion = () => database.pragma('user_version', { simple: true }) as number
  if (readVersion() === migrations.length) return
  database
    .transaction(() => {
      // Read again under the lock: another process may have done it meanwhile.
      for (const migration of migrations.slice(readVersion())) database.exec(migration)
      database.pragma(`application_id = ${APPLICATION_ID}`)
      database.pragma(`user_version = ${migrations.length}`)
    })
    .immediate()
}
