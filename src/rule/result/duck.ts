import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api'
import { duckFault, notInstalled } from './duck-fault.js'
import { registerExactSums } from './exact-functions.js'
import { literal } from './sql-text.js'

/** What a DuckDB may take. */
export interface DuckOptions {
  /** Memory for its data; at least 64 MiB makes sense. What does not fit goes to `folder`. */
  readonly memoryBytes: number
  readonly threads: number
  /** Where it may spill: a folder of its own is made in it when it does, and removed when it closes. It must be there. */
  readonly folder: string
  /** The most that it may spill; nine tenths of the free disk unless given. */
  readonly diskBytes?: number
}

/** What takes the place of a parameter. */
export type DuckValue = string | number | bigint | boolean | null

/** Rows as lists of values. DuckDB's whole numbers of 64 bits and more are bigint. */
export type DuckRows = readonly (readonly unknown[])[]

/** A DuckDB in memory, under a cap: the only way to it. Close it. A process or thread that works on rules holds one. */
export class Duck {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  #folder: string
  #room: string
  #isOpen = true
  #hasFunctions = false

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, options: DuckOptions & { own: string }) {
    this.#instance = instance
    this.#connection = connection
    this.#folder = options.own
    this.#room = roomText(options)
  }

  /** @throws RuleError `fault` when @duckdb/node-api is not installed, with how to install it. */
  static async open(options: DuckOptions): Promise<Duck> {
    const { memoryBytes, threads, folder, diskBytes } = options
    const api = loadDuck()
    const own = ownFolder(folder)
    try {
      const instance = await api.DuckDBInstance.create(':memory:', {
        memory_limit: memoryText(memoryBytes),
        threads: String(threads),
        temp_directory: own,
        // All that is used is in the library; nothing shall be fetched from the network.
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        // Each file is read once.
        enable_external_file_cache: 'false',
      })
      const connection = await instance.connect()
      if (diskBytes !== undefined) {
        // As an option of `create` it is shown, and not held to (1.5.6).
        await connection.run(`SET max_temp_directory_size = '${Math.floor(diskBytes / 1024)}KiB'`)
      }
      return new Duck(instance, connection, { ...options, own })
    } catch (error) {
      await rm(own, { recursive: true, force: true })
      throw duckFault(error)
    }
  }

  /**
   * Takes it to other work, once it is at rest: to open another takes 10 ms of processor, with which a small task would be done.
   *
   * @param options Without `diskBytes`, which stays.
   */
  async move(options: Omit<DuckOptions, 'diskBytes'>): Promise<void> {
    const own = ownFolder(options.folder)
    const room = roomText(options)
    await this.run(`${room === this.#room ? '' : room}SET temp_directory = ${literal(own)}`)
    this.#folder = own
    this.#room = room
  }

  /**
   * Whether it may be taken to other work. One that spilled may not: DuckDB keeps the folder that it has used (1.5.6). Nor may one with
   * functions in JavaScript: it is not left open where its thread may end.
   */
  get isAtRest(): boolean {
    return this.#isOpen && !this.#hasFunctions && !existsSync(this.#folder)
  }

  /** Makes `exact_whole` and `exact_number` known to statements that need them (`exact-functions.ts`). */
  learnExactSums(): void {
    if (this.#hasFunctions) return
    this.#hasFunctions = true
    registerExactSums(loadDuck(), this.#connection)
  }

  /** Runs a statement for what it does. Values take the place of `$1`, `$2` … */
  async run(sql: string, values?: readonly DuckValue[]): Promise<void> {
    await this.all(sql, values)
  }

  /** All rows of a query that gives few. */
  async all(sql: string, values?: readonly DuckValue[]): Promise<DuckRows> {
    try {
      const result = await this.#connection.run(sql, values === undefined ? undefined : [...values])
      return await result.getRows()
    } catch (error) {
      throw duckFault(error)
    }
  }

  /** The rows of a query in batches of up to `rowsMax`, as they come; other statements may run meanwhile. */
  async *stream(
    sql: string,
    values?: readonly DuckValue[],
    rowsMax: number = CHUNK_ROWS,
  ): AsyncGenerator<DuckRows, void, undefined> {
    // A connection of its own: the next statement of a connection would end the stream.
    const connection = await this.#instance.connect()
    try {
      const result = await connection.stream(sql, values === undefined ? undefined : [...values])
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        if (chunk.rowCount <= rowsMax) yield chunk.getRows()
        else yield* parts(chunk, rowsMax)
      }
    } catch (error) {
      throw duckFault(error)
    } finally {
      connection.closeSync()
    }
  }

  /** Ends the statement that runs, which then fails; streams go on. Nothing when none runs. */
  interrupt(): void {
    if (this.#isOpen) this.#connection.interrupt()
  }

  /** Ends it, and removes what it spilled. Safe twice. */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#connection.closeSync()
    this.#instance.closeSync()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Rows that DuckDB hands over at once. */
const CHUNK_ROWS = 2_048

/** Their values become JavaScript's when they are asked for, and not all at once. */
function* parts(chunk: DuckDBDataChunk, rowsMax: number): Generator<DuckRows> {
  for (let from = 0; from < chunk.rowCount; from += rowsMax) {
    const length = Math.min(rowsMax, chunk.rowCount - from)
    yield Array.from({ length }, (_, at) => chunk.getRowValues(from + at))
  }
}

/** It is there once it is used. */
const ownFolder = (folder: string): string => join(folder, `duck-${randomBytes(6).toString('hex')}`)

const memoryText = (bytes: number): string => `${Math.floor(bytes / 1024)}KiB`

const roomText = ({ memoryBytes, threads }: Pick<DuckOptions, 'memoryBytes' | 'threads'>): string =>
  `SET memory_limit = '${memoryText(memoryBytes)}'; SET threads = ${threads}; `

/**
 * DuckDB for this thread. Loaded late: it takes time and 40 MB, and most programs never need it. By `require`: `import` reads each of its
 * files twice.
 *
 * @throws RuleError `fault` when @duckdb/node-api is not installed, with how to install it.
 */
export function loadDuck(): typeof import('@duckdb/node-api') {
  try {
    return createRequire(import.meta.url)('@duckdb/node-api') as typeof import('@duckdb/node-api')
  } catch (error) {
    throw notInstalled(error)
  }
}
