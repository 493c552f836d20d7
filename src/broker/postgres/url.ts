import { readFileSync } from 'node:fs'
import { KitchenError } from '../../core/errors.js'

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

const EXAMPLE = 'Write it like postgres://user:password@host:5432/database?schema=hob'

/**
 * Reads `postgres://user:password@host:port/DATABASE?schema=NAME&pool=N&sslmode=…`, also `postgresql:`.
 *
 * @throws KitchenError `url`; its message never holds the password.
 */
export function parsePostgresUrl(text: string): PostgresPlace {
  const url = parse(text)
  const settings = url.searchParams
  const unknown = [...settings.keys()].find((name) => !SETTINGS.includes(name))
  if (unknown !== undefined) {
    throw new KitchenError('url', `a PostgreSQL kitchen has no setting '${unknown}'`, {
      hint: `It has ${SETTINGS.join(', ')}: like postgres://host/database?schema=hob&pool=4`,
    })
  }
  const schema = settings.get('schema') ?? 'hob'
  if (!SCHEMA_RULE.test(schema) || schema.startsWith('pg_')) {
    refuse(
      `'${schema}' cannot be the schema of a kitchen`,
      'Use 1 to 50 of a to z, 0 to 9 and _, not a digit first, and not pg_.',
    )
  }
  const pool = Number(settings.get('pool') ?? POOL_MAX)
  if (!(Number.isInteger(pool) && pool >= 1 && pool <= 100))
    refuse('pool must be a whole number from 1 to 100', EXAMPLE)
  return {
    host: settings.get('host') ?? (decoded(url.hostname) || undefined),
    port: url.port === '' ? undefined : Number(url.port),
    user: decoded(url.username) || undefined,
    password: decoded(url.password) || undefined,
    database: decoded(url.pathname.slice(1)) || undefined,
    schema,
    poolMax: pool,
    tls: tlsOf(settings.get('sslmode') ?? 'disable', settings.get('sslrootcert')),
  }
}

/** The place in a few words, without secrets. */
export const placeName = ({ host, port, database, schema }: PostgresPlace): string =>
  `${host ?? process.env.PGHOST ?? 'localhost'}:${port ?? process.env.PGPORT ?? 5432}/${database ?? process.env.PGDATABASE ?? ''} (schema ${schema})`

function parse(text: string): URL {
  try {
    const url = new URL(text)
    if (url.protocol === 'postgres:' || url.protocol === 'postgresql:') return url
  } catch {
    // Not its error: that may hold the password.
  }
  return refuse('this URL names no PostgreSQL kitchen', `${EXAMPLE}; write / in a password as %2F`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('this URL names no PostgreSQL kitchen', 'Write % as %25 in the user, the password and the database.')
  }
}

/** The words of libpq; `require` speaks TLS with whoever answers, as there. */
function tlsOf(mode: string, rootFile: string | null): Tls {
  if (!TLS_MODES.includes(mode)) refuse(`sslmode '${mode}' is not known`, `It is one of ${TLS_MODES.join(', ')}.`)
  if (mode === 'disable') return false
  const ca = rootFile === null ? {} : { ca: readRoot(rootFile) }
  if (mode === 'require') return { rejectUnauthorized: false, ...ca }
  return { rejectUnauthorized: true, ...ca, ...(mode === 'verify-ca' && { isAnyHost: true as const }) }
}

function readRoot(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new KitchenError('url', `cannot read sslrootcert ${file}`, { hint: 'Name a file in PEM format.', cause })
  }
}

function refuse(message: string, hint: string): never {
  throw new KitchenError('url', message, { hint })
}
