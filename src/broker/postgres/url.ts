import { KitchenError } from '../../core/errors.js'
import { readTrustedRoots } from '../trusted-roots.js'

/** Where a kitchen on PostgreSQL is. What is undefined, the environment says (PGHOST, PGUSER, PGPASSWORD …), or ~/.pgpass. */
export interface PostgresPlace {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  /** The schema that is the kitchen. */
  readonly schema: string
  /** Connections for calls, 1 to 100; one more waits for work. */
  readonly poolMax: number
  readonly tls: Tls
}

/** How to speak TLS; false: not at all. */
export type Tls = false | { readonly rejectUnauthorized: boolean; readonly ca?: string; readonly isAnyHost?: true }

const SETTINGS: readonly string[] = ['schema', 'pool', 'sslmode', 'sslrootcert', 'host']
const TLS_MODES: readonly string[] = ['disable', 'require', 'verify-ca', 'verify-full']

/** Four, since calls of one turn share one and the others serve what lasts; more gain nothing on small machines. */
const POOL_MAX = 4

/** Room is left for what is made of it: the name of a channel, of at most 63 bytes. */
const SCHEMA_RULE = /^[a-z_][a-z0-9_]{0,49}$/

/** Login, server, database, settings. A password may hold anything: everything up to the last @ is the login. */
const URL_RULE = /^postgres(?:ql)?:\/\/(?:(.*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s

/** A host, also an IPv6 address in brackets, and a port. */
const SERVER_RULE = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/

const NO_KITCHEN = 'this URL names no PostgreSQL kitchen'
const EXAMPLE = 'Write it like postgres://user:password@host:5432/database?schema=hob'

/**
 * Reads `postgres://user:password@host:port/DATABASE?schema=NAME&pool=N&sslmode=…`, also `postgresql:`.
 *
 * @throws KitchenError `url`; its message never holds the password.
 */
export function parsePostgresUrl(text: string): PostgresPlace {
  const [, login, server = '', database = '', query = ''] = text.match(URL_RULE) ?? refuse(NO_KITCHEN, EXAMPLE)
  const [, host = '', port] = server.match(SERVER_RULE) ?? refuse(NO_KITCHEN, EXAMPLE)
  const [, user = '', password = ''] = login?.match(/^([^:]*)(?::(.*))?$/s) ?? []
  const settings = new URLSearchParams(query)
  const unknown = [...settings.keys()].find((name) => !SETTINGS.includes(name))
  if (unknown !== undefined) {
    throw new KitchenError('url', `a PostgreSQL kitchen has no setting '${unknown}'`, {
      hint: `It has ${SETTINGS.join(', ')}: like postgres://host/database?schema=hob&pool=4`,
    })
  }
  return {
    host: settings.get('host') ?? (host.replace(/^\[|\]$/g, '') || undefined),
    port: port === undefined ? undefined : Number(port),
    user: decoded(user) || undefined,
    password: decoded(password) || undefined,
    database: decoded(database) || undefined,
    schema: schemaOf(settings.get('schema') ?? 'hob'),
    poolMax: poolOf(Number(settings.get('pool') ?? POOL_MAX)),
    tls: tlsOf(settings.get('sslmode') ?? 'disable', settings.get('sslrootcert')),
  }
}

/** The place in a few words, without secrets. */
export const placeName = ({ host, port, database, schema }: PostgresPlace): string =>
  `${host ?? process.env.PGHOST ?? 'localhost'}:${port ?? process.env.PGPORT ?? 5432}/${database ?? process.env.PGDATABASE ?? ''} (schema ${schema})`

function schemaOf(name: string): string {
  if (SCHEMA_RULE.test(name) && !name.startsWith('pg_')) return name
  const hint = 'Use 1 to 50 of a to z, 0 to 9 and _, not a digit first, and not pg_.'
  return refuse(`'${name}' cannot be the schema of a kitchen`, hint)
}

const poolOf = (size: number): number =>
  Number.isInteger(size) && size >= 1 && size <= 100
    ? size
    : refuse('pool must be a whole number from 1 to 100', EXAMPLE)

/** As it is when it holds a % that is none of a URL's: a password may. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The words of libpq; `require` speaks TLS with whoever answers, as there. */
function tlsOf(mode: string, rootFile: string | null): Tls {
  if (!TLS_MODES.includes(mode)) refuse(`sslmode '${mode}' is not known`, `It is one of ${TLS_MODES.join(', ')}.`)
  if (mode === 'disable') return false
  const ca = rootFile === null ? {} : { ca: readTrustedRoots(rootFile, 'sslrootcert') }
  if (mode === 'require') return { rejectUnauthorized: false, ...ca }
  return { rejectUnauthorized: true, ...ca, ...(mode === 'verify-ca' && { isAnyHost: true as const }) }
}

function refuse(message: string, hint: string): never {
  throw new KitchenError('url', message, { hint })
}
