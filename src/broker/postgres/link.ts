import type { Socket } from 'node:net'
import type pg from 'pg'
import { SILENCE_MS_MAX, SilenceWatch } from '../silence-watch.js'
import type { Asker, Call, Value } from './asker.js'
import { isAftermath, isLost } from './errors.js'
import type { Statement } from './sql.js'
import type { PostgresPlace } from './url.js'

/** The driver, loaded only when a PostgreSQL kitchen is opened. */
export type Driver = typeof pg

/** How long the answer to a call may stay away that moves thousands of rows. */
export const LONG_CALL_MS_MAX = 60_000

/** A call whose values have more bytes moves many rows. */
const SHORT_CALL_BYTES_MAX = 20_000

/** How long to wait for a server to let us in. */
const CONNECT_MS_MAX = 3_000

/** A row by the names of its columns, which the caller states. */
export type Row = object

const INT8 = 20
const INT8_ARRAY = 1016

/** Our integers fit into a number: ids, epochs and milliseconds stay below 2 ** 53. */
const parserOf = (type: number): ((text: string) => unknown) => {
  if (type === INT8) return Number
  if (type === INT8_ARRAY) return (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number))
  return PARSERS.get(type) ?? String
}

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  [21, Number],
  [23, Number],
])

/**
 * How long a transaction may hold its locks and say nothing. When its connection is half open the server does not know, and
 * others would wait for those locks: a worker shall take jobs again within five seconds.
 */
const SILENT_TRANSACTION_MS_MAX = 2_500

/**
 * Settings of our sessions. Each statement of ours is meant to go by an index, row by row; a plan that was made while a
 * table was small, and is kept, must not read it whole when it has grown. A pooler may refuse them: see docs/kitchens.md.
 */
const OPTIONS =
  '-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c plan_cache_mode=force_generic_plan' +
  ` -c statement_timeout=${LONG_CALL_MS_MAX} -c idle_in_transaction_session_timeout=${SILENT_TRANSACTION_MS_MAX}`

/** One connection. Statements asked for in one turn leave together, without waiting for each other's answers. */
export class Link implements Asker {
  readonly #client: pg.Client
  readonly #watch = new SilenceWatch(() => this.destroy())
  #isBroken = false
  /** The most patient call since the transaction began. */
  #mostMs = SILENCE_MS_MAX
  /** Told when the connection has ended, by whatever cause. */
  onEnd: () => void = () => {}
  /** Told of each notification: its payload. */
  onNotice: (payload: string) => void = () => {}

  private constructor(client: pg.Client) {
    this.#client = client
    const end = () => {
      this.#isBroken = true
      this.onEnd()
    }
    // Without a listener, an error between two calls would end the process; the next call reports it.
    client.on('error', end)
    client.on('end', end)
    client.on('notification', ({ payload = '' }) => this.onNotice(payload))
  }

  /** @throws What the driver reports when the server cannot be reached, or does not let us in. */
  static async open({ Client }: Driver, place: PostgresPlace): Promise<Link> {
    const { tls } = place
    const client = new Client({
      ...(place.host !== undefined && { host: place.host }),
      ...(place.port !== undefined && { port: place.port }),
      ...(place.user !== undefined && { user: place.user }),
      ...(place.password !== undefined && { password: place.password }),
      ...(place.database !== undefined && { database: place.database }),
      ssl: tls === false ? false : { rejectUnauthorized: tls.rejectUnauthorized, ...trust(tls) },
      application_name: 'hob',
      options: OPTIONS,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      pipeline: true,
      types: { getTypeParser: (type: number) => parserOf(type) } as pg.CustomTypesConfig,
    })
    const link = new Link(client)
    try {
      await client.connect()
    } catch (error) {
      link.destroy()
      throw error
    }
    return link
  }

  /** Whether it is of no more use. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Runs one statement. Statements that follow before its answer are on their way already. */
  async rows<R extends Row>(
    { name, text }: Statement,
    values: readonly Value[] = [],
    mostMs: number = SILENCE_MS_MAX,
  ): Promise<readonly R[]> {
    this.#mostMs = Math.max(this.#mostMs, mostMs)
    const config = { name, text, values: [...values] }
    return this.#ask(async () => (await this.#client.query<R & pg.QueryResultRow>(config)).rows, mostMs)
  }

  /** Runs one statement whose rows come as arrays: for many of them that is quicker. */
  async arrays<R extends unknown[]>({ name, text }: Statement, values: readonly Value[]): Promise<readonly R[]> {
    const config = { name, text, values: [...values], rowMode: 'array' as const }
    return this.#ask(async () => (await this.#client.query<R>(config)).rows)
  }

  /** The one column `answer` of the one row of a statement that answers in JSON. */
  async answer<A>(statement: Statement, values: readonly Value[], mostMs: number = SILENCE_MS_MAX): Promise<A> {
    const [row] = await this.rows<{ answer: string | null }>(statement, values, mostMs)
    return JSON.parse(row?.answer ?? '[]') as A
  }

  /** Runs statements that need not wait for each other, and answers their rows. */
  run(calls: readonly Call[]): Promise<readonly (readonly Row[])[]> {
    const sizeBytes = calls.reduce((sum, [, values]) => sum + sizeOf(values), 0)
    const mostMs = sizeBytes > SHORT_CALL_BYTES_MAX ? LONG_CALL_MS_MAX : SILENCE_MS_MAX
    return Promise.all(calls.map(([statement, values]) => this.rows(statement, values, mostMs)))
  }

  /** Runs text that may hold several statements and takes no values. */
  async script(text: string, mostMs: number = SILENCE_MS_MAX): Promise<void> {
    await this.#ask(() => this.#client.query(text), mostMs)
  }

  /** Without an answer in time it is broken at once, before anybody else is lent it. */
  async #ask<T>(query: () => Promise<T>, mostMs?: number): Promise<T> {
    this.#watch.begin(mostMs)
    try {
      return await query()
    } catch (error) {
      if (isLost(error)) this.destroy()
      throw error
    } finally {
      this.#watch.end()
    }
  }

  /**
   * Runs `run` as one transaction. It may call `commit` once it has asked for its last statement, so that the end leaves
   * together with that, and need not wait for its answer first.
   *
   * @throws The first error in it; then nothing took effect, unless the connection was lost at the very end.
   */
  async transaction<T>(run: (commit: () => void) => Promise<T>): Promise<T> {
    this.#mostMs = SILENCE_MS_MAX
    // What is asked for before the first wait leaves in one packet.
    const { stream } = this.#socket
    stream.cork()
    process.nextTick(() => stream.uncork())
    const begun = this.script('BEGIN')
    let committed: Promise<void> | undefined
    // It waits behind the statements before it, and is as patient as they are.
    const commit = () => {
      committed ??= this.script('COMMIT', this.#mostMs)
    }
    const ran = run(commit)
    const [hasBegun, hasRun] = await Promise.allSettled([begun, ran])
    const failed = [hasBegun, hasRun].find(({ status }) => status === 'rejected')
    if (failed === undefined) commit()
    // A commit that is on its way already ends a failed transaction as a rollback does.
    else if (committed === undefined && !this.#isBroken) await this.script('ROLLBACK').catch(() => this.destroy())
    const [hasEnded] = await Promise.allSettled([committed])
    if (failed?.status === 'rejected') throw failed.reason
    if (hasEnded.status === 'rejected') throw hasEnded.reason
    return await ran
  }

  /** What `issue` asks for at once becomes one transaction, all on its way together. */
  together(issue: () => readonly Promise<unknown>[]): Promise<void> {
    return this.transaction(async (commit) => {
      const issued = issue()
      commit()
      const errors = (await Promise.allSettled(issued)).flatMap((result) =>
        result.status === 'rejected' ? [result.reason as unknown] : [],
      )
      // What comes after an error fails, too, and says nothing of its own.
      if (errors.length > 0) throw errors.find((error) => !isAftermath(error)) ?? errors[0]
    })
  }

  /** Says goodbye, after what is under way. A connection that is half open hears no answer: then it ends without one. */
  async close(): Promise<void> {
    if (this.#isBroken) return
    const timer = setTimeout(() => this.destroy(), SILENCE_MS_MAX)
    await this.#client.end()
    clearTimeout(timer)
  }

  /** Ends at once; what is under way fails. */
  destroy(): void {
    this.#isBroken = true
    // `end` waits for an answer that a half-open connection never gives.
    this.#socket.stream.destroy()
  }

  /** The driver's connection, which its types leave out. */
  get #socket(): { readonly stream: Socket } {
    return (this.#client as unknown as { readonly connection: { readonly stream: Socket } }).connection
  }
}

const trust = ({ ca, isAnyHost }: { readonly ca?: string; readonly isAnyHost?: true }): object => ({
  ...(ca !== undefined && { ca }),
  ...(isAnyHost && { checkServerIdentity: () => undefined }),
})

const sizeOf = (values: readonly Value[]): number =>
  values.reduce(
    (sum: number, value) => sum + (typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8),
    0,
  )
