import { KitchenError } from '../../core/errors.js'
import { readTrustedRoots } from '../trusted-roots.js'

/** Where a server listens. */
export interface Host {
  readonly host: string
  readonly port: number
}

/** What a URL says of a kitchen on Redis. */
export interface RedisPlace {
  /** One server; or the sentinels, or some nodes of a Cluster, that tell of the others. At least one. */
  readonly hosts: readonly Host[]
  readonly kind: 'server' | 'sentinel' | 'cluster'
  /** The kitchen's name: it is in the braces of each of its keys. */
  readonly kitchen: string
  /** Redis's own number of a database. */
  readonly database: number
  /** False: without TLS. `ca`: certificates by which servers are trusted, instead of those that Node brings. */
  readonly tls: false | { readonly ca?: string }
  readonly username: string | undefined
  readonly password: string | undefined
  /** What the sentinels call the server; '' unless `kind` is `sentinel`. */
  readonly master: string
  /** For the sentinels, when they ask for one. */
  readonly sentinelPassword: string | undefined
  /** `strict`: a send is acknowledged when it is on the disk and on the replicas (durability.ts). */
  readonly durability: 'server' | 'strict'
}

/** A password may hold /, ? and @ as they are: it goes up to the last @, which nothing behind it may hold. */
const FORM = /^(rediss?):\/\/(?:(.*)@)?([^@/?]*)(?:\/([^@?]*))?(?:\?([^@]*))?$/s

const SETTINGS = ['database', 'sentinel', 'sentinel-password', 'cluster', 'durability', 'cacert']

const PORTS = { server: 6379, cluster: 6379, sentinel: 26379 } as const

const EXAMPLE = 'redis://:password@host:6379/name'

/** The kitchen when the URL names none. */
const DEFAULT_KITCHEN = 'hob'

/**
 * Reads a kitchen's URL: `redis://user:password@host:port/name?settings`, or `rediss://` for TLS.
 *
 * Several hosts are joined by commas. The path names the kitchen, `hob` without one; a number alone is that of a database,
 * as elsewhere with Redis.
 *
 * @throws KitchenError `url`; no message holds the password.
 */
export function parseRedisUrl(url: string): RedisPlace {
  const [, scheme, user = '', names = '', path = '', query = ''] = FORM.exec(url) ?? []
  if (scheme === undefined) throw wrong('it cannot be read')
  const settings = readSettings(query)
  const kind = settings.has('sentinel') ? 'sentinel' : settings.has('cluster') ? 'cluster' : 'server'
  const hosts = readHosts(names, PORTS[kind])
  if (hosts.length > 1 && kind === 'server') {
    throw wrong('it names several hosts', 'Add ?sentinel=NAME or ?cluster=yes, or name one host.')
  }
  const { kitchen, database } = readPath(path, settings.get('database'))
  if (kind === 'cluster' && database !== 0) throw wrong('a Cluster has no database but 0')
  return {
    hosts,
    kind,
    kitchen,
    database,
    tls: readTls(scheme === 'rediss', settings.get('cacert')),
    ...readUser(user),
    master: settings.get('sentinel') ?? '',
    sentinelPassword: settings.get('sentinel-password') ?? undefined,
    durability: readDurability(settings.get('durability')),
  }
}

/** Where a kitchen is, as people would say it, without secrets. */
export function placeName({ hosts, tls, kitchen, database }: RedisPlace): string {
  const names = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')
  return `${tls === false ? 'redis' : 'rediss'}://${names}/${kitchen}${database === 0 ? '' : `?database=${database}`}`
}

function readSettings(query: string): URLSearchParams {
  const settings = new URLSearchParams(query)
  const unknown = [...settings.keys()].find((name) => !SETTINGS.includes(name))
  if (unknown !== undefined) {
    throw new KitchenError('url', `a Redis kitchen has no setting '${unknown}'`, {
      hint: `It has ${SETTINGS.join(', ')}: like ${EXAMPLE}?durability=strict`,
    })
  }
  if (settings.get('sentinel') === '') throw wrong('sentinel names no server', 'Write it like ?sentinel=mymaster')
  if (settings.has('cluster') && settings.get('cluster') !== 'yes') throw wrong('cluster can only be yes')
  if (settings.has('cluster') && settings.has('sentinel')) throw wrong('a Cluster has no sentinels')
  return settings
}

function readHosts(text: string, port: number): readonly Host[] {
  return text.split(',').map((part) => {
    const [, bracketed, plain, given] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(part) ?? []
    const host = bracketed ?? plain
    const number = given === undefined ? port : Number(given)
    if (host === undefined || number < 1 || number > 65_535) throw wrong('its host cannot be read')
    return { host, port: number }
  })
}

function readPath(path: string, database: string | null): { readonly kitchen: string; readonly database: number } {
  const number = database === null ? 0 : Number(database)
  if (!Number.isInteger(number) || number < 0 || number > 1_000_000 || database === '') {
    throw wrong('database is not a whole number')
  }
  if (path === '') return { kitchen: DEFAULT_KITCHEN, database: number }
  if (/^\d{1,6}$/.test(path) && database === null) return { kitchen: DEFAULT_KITCHEN, database: Number(path) }
  const kitchen = decoded(path)
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,99}$/u.test(kitchen)) {
    throw wrong("the kitchen's name may have letters, digits, _, - and dots, 100 at most")
  }
  return { kitchen, database: number }
}

function readUser(text: string): Pick<RedisPlace, 'username' | 'password'> {
  const colon = text.indexOf(':')
  const [user, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
  return { username: decoded(user) || undefined, password: decoded(password) || undefined }
}

function readDurability(text: string | null): RedisPlace['durability'] {
  if (text === null) return 'server'
  if (text !== 'server' && text !== 'strict') throw wrong('durability is server or strict')
  return text
}

function readTls(isTls: boolean, file: string | null): RedisPlace['tls'] {
  if (file === null) return isTls && {}
  if (!isTls) throw wrong('cacert is for TLS', 'Write rediss:// instead of redis://')
  return { ca: readTrustedRoots(file, 'cacert') }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('it holds a % that begins no character', 'Write %25 for a % of a password.')
  }
}

/** The URL itself is not shown: it may hold a password, and where that begins is what could not be told. */
const wrong = (why: string, hint = `Write it like ${EXAMPLE}`): KitchenError =>
  new KitchenError('url', `the kitchen's URL cannot be used: ${why}`, { hint })
