import { RuleError } from '../../core/errors.js'

/** Stands before the name of a variable that holds the URL, so that no secret stands in a file of rules. */
const VARIABLE = 'env:'

/**
 * The URL that a processor was given, or that its variable holds; with an example for whoever wrote one that is none.
 *
 * @throws RuleError `warehouse`; its message never holds the URL, since a password may be in it.
 */
export function urlOf(given: string, schemes: readonly string[]): URL {
  const text = textOf(given)
  const where = given.startsWith(VARIABLE) ? `the variable ${given.slice(VARIABLE.length)}` : 'the URL of the warehouse'
  const hint = `Write it like ${schemes[0]}//user:password@host/database; of a password, % @ / : # and ? as %25 %40 %2F %3A %23 %3F.`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && schemes.includes(url.protocol)) return url
  throw new RuleError('warehouse', `${where} is no URL of this kind of database`, { hint })
}

/** The text itself, or what its variable holds. @throws RuleError `warehouse` when that is not set. */
export const textOf = (given: string): string =>
  given.startsWith(VARIABLE) ? variable(given.slice(VARIABLE.length)) : given

function variable(name: string): string {
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  throw new RuleError('warehouse', `the variable ${name}, which holds the URL of the warehouse, is not set`, {
    hint: `Set it where the rule runs: export ${name}=…`,
  })
}

/** What logs call the place of a URL: host, port and database, and never the login. */
export function placeOf(given: string): string {
  if (given.startsWith(VARIABLE)) return given
  if (!URL.canParse(given)) return '…'
  const { host, pathname, searchParams } = new URL(given)
  return `${host || searchParams.get('host') || 'localhost'}${pathname}`
}
