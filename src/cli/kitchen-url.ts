import { CliError } from './cli-error.js'

/** The kitchen when nothing names another: a file in the folder where one stands, like `.git`. */
export const DEFAULT_KITCHEN_URL = 'sqlite:.hob/hob.db'

/** What may name a kitchen, the strongest first. */
export interface KitchenNames {
  readonly kitchen: string | undefined
  readonly db: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The URL of the kitchen that the command line and the environment name.
 *
 * `--db NAME` replaces the last part of the URL's path and keeps the rest: `sqlite:/srv/hob.db?x=y` with `--db b`
 * is `sqlite:/srv/b.db?x=y`. On PostgreSQL it names the schema: `postgres://host/work` becomes `…/work?schema=b`.
 *
 * @throws CliError `usage` when `--db` is no plain name, or the kitchen has no place where another could be.
 */
export function kitchenUrl({ kitchen, db, env }: KitchenNames): string {
  const url = kitchen ?? (env.HOB_KITCHEN || DEFAULT_KITCHEN_URL)
  if (url.startsWith('memory:')) {
    const hint = 'Name a file, like sqlite:.hob/hob.db.'
    throw new CliError('usage', 'a kitchen in memory ends with the command that opened it', { hint })
  }
  return db === undefined ? url : withDatabase(url, db)
}

/** A server, with what comes before its path and behind it. A user's password may hold / and ? as they are. */
const SERVER_URL = /^(\w+:\/\/(?:.*@)?[^/?]*)(?:\/[^?]*)?(\?.*)?$/s

function withDatabase(url: string, db: string): string {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(db)) {
    throw new CliError('usage', `--db: '${db}' is not a plain name`, { hint: 'Use letters, digits, _, - and dots.' })
  }
  const [, server, query = ''] = url.match(SERVER_URL) ?? []
  if (/^postgres(ql)?:/.test(url)) return `${url.slice(0, url.length - query.length)}?${withSchema(query, db)}`
  if (server !== undefined) return `${server}/${db}${query}`
  const [, place = url, settings = ''] = url.match(/^([^?]*)(\?.*)?$/s) ?? []
  const [, parent, last] = place.match(/^(.*[/:])([^/:]+)$/s) ?? []
  if (parent === undefined || last === undefined) {
    throw new CliError('usage', `--db: ${placeOf(url)} has no other databases beside it`)
  }
  const extension = last.match(/.(\.\w+)$/)?.[1] ?? ''
  return `${parent}${db}${db.endsWith(extension) ? '' : extension}${settings}`
}

function withSchema(query: string, schema: string): URLSearchParams {
  const settings = new URLSearchParams(query)
  settings.set('schema', schema)
  return settings
}

/** Where a URL points, as people would say it: the file or the server, without settings and secrets. */
export const placeOf = (url: string): string =>
  url
    .replace(/^sqlite:/, '')
    .replace(/\/\/.*@/s, '//')
    .replace(/\?.*$/s, '')
