import { dirname, join, resolve } from 'node:path'
import type { Broker } from './broker/broker.js'
import { systemClock } from './core/clock.js'
import { KitchenError } from './core/errors.js'

/** How to open a kitchen. */
export interface OpenOptions {
  /** Makes the store when there is none; true unless given. False: a missing one is a KitchenError `missing`. */
  readonly create?: boolean
}

type Opener = (url: string, options: Required<OpenOptions>) => Promise<Broker>

/** The one place that names the engines, by the scheme of their URLs. Each is loaded only when its URL is used. */
const ENGINES: ReadonlyMap<string, Opener> = new Map([
  ['memory', openMemoryUrl],
  ['sqlite', openSqliteUrl],
  ['redis', openRedisUrl],
  ['rediss', openRedisUrl],
  ['postgres', openPostgresUrl],
  ['postgresql', openPostgresUrl],
])

/** What most likely is a file's name: it has no scheme, and a folder or an extension. */
const LIKE_A_PATH = /^[^:]*[/.][^:]*$/

/**
 * Opens the broker that a URL names.
 *
 * @throws KitchenError when the URL names no engine, or the store cannot be opened.
 */
export async function openBroker(url: string, { create = true }: OpenOptions = {}): Promise<Broker> {
  const scheme = /^([a-z]+):/.exec(url)?.[1]
  const open = scheme === undefined ? undefined : ENGINES.get(scheme)
  if (open === undefined) {
    const begins = `Begin it with one of ${[...ENGINES.keys()].join(':, ')}: like sqlite:.hob/hob.db`
    throw new KitchenError('url', `'${withoutPassword(url)}' names no kitchen`, {
      hint: LIKE_A_PATH.test(url) ? `Did you mean sqlite:${url}? ${begins}` : begins,
    })
  }
  return open(url, { create })
}

/** Opens one that nobody else sees, and that ends with this process. */
export const openOwnBroker = (): Promise<Broker> => openBroker('memory:')

/** A URL to show. A password may hold / and @ as they are: everything up to the last @ is hidden. */
export const withoutPassword = (url: string): string => url.replace(/\/\/.*@/s, '//…@')

const SQLITE_SETTINGS: readonly string[] = ['synchronous']

async function openSqliteUrl(url: string, { create }: Required<OpenOptions>): Promise<Broker> {
  const [file = '', query = ''] = url.slice('sqlite:'.length).split('?')
  const settings = new URLSearchParams(query)
  const unknown = [...settings.keys()].find((name) => !SQLITE_SETTINGS.includes(name))
  if (unknown !== undefined) {
    throw new KitchenError('url', `a SQLite kitchen has no setting '${unknown}'`, {
      hint: `It has ${SQLITE_SETTINGS.join(', ')}: like sqlite:/data/hob.db?synchronous=normal`,
    })
  }
  const synchronous = settings.get('synchronous') ?? 'full'
  if (file === '' || (synchronous !== 'full' && synchronous !== 'normal')) {
    throw new KitchenError('url', `'${url}' names no SQLite kitchen`, {
      hint: 'Write it like sqlite:.hob/hob.db or sqlite:/data/hob.db?synchronous=normal',
    })
  }
  const { openSqlite } = await import('./broker/sqlite/open.js')
  return openSqlite({ file, synchronous, create, nowMs: Date.now })
}

async function openRedisUrl(url: string, options: Required<OpenOptions>): Promise<Broker> {
  const { openRedis } = await import('./broker/redis/open.js')
  return openRedis(url, options)
}

/** A kitchen for tests: it lives in this process and ends with it. */
async function openMemoryUrl(): Promise<Broker> {
  const { openMemory } = await import('./broker/memory/memory.js')
  return openMemory({ clock: systemClock })
}

async function openPostgresUrl(url: string, { create }: Required<OpenOptions>): Promise<Broker> {
  const { openPostgres } = await import('./broker/postgres/open.js')
  return openPostgres({ url, create })
}

/** The same kitchen's URL from wherever this process may go: a thread that opens it later must find the same file. */
export function absoluteUrl(url: string): string {
  const [, file, query = ''] = /^sqlite:([^?]+)(\?.*)?$/.exec(url) ?? []
  return file === undefined ? url : `sqlite:${resolve(file)}${query}`
}

/**
 * The store of blobs of a kitchen that was given no other: `blobs` beside a SQLite file, else `.hob/blobs` where the process stands.
 */
export function defaultStoreUrl(kitchenUrl: string): string {
  const [, file] = /^sqlite:([^?]+)/.exec(kitchenUrl) ?? []
  return `file:${file === undefined ? join('.hob', 'blobs') : join(dirname(file), 'blobs')}`
}
