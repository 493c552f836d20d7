import { RuleError } from '../../core/errors.js'

const RIGHTS = 'Check the role of the URL, its password, and what it is granted.'
const REACH =
  'Check that the server is running and that the URL names it; the result is kept, and nothing of it was written.'
const LOCKS = 'Look for who holds a lock there: pg_stat_activity. `timeoutMs` says how long to wait.'

/** SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html, by their beginnings: the first that fits counts. */
const STATES: readonly (readonly [start: string, says: string, hint: string])[] = [
  ['53300', 'no connection is free at', 'Raise max_connections, or let fewer programs connect.'],
  ['53', 'no room is left at', 'Free disk space on the server; nothing of the result was written.'],
  ['57014', 'a statement took too long at', LOCKS],
  ['25P03', 'we were silent for too long at', 'The result is kept, and nothing of it was written.'],
  ['57P', 'the server stops, starts or is recovering:', REACH],
  ['08', 'cannot reach', REACH],
  ['28', 'the server refuses to let us in to', RIGHTS],
  ['42501', 'we may not do that at', RIGHTS],
  ['25006', 'cannot write to', 'It is read-only: name the primary, not a standby.'],
  ['3D000', 'there is no such database:', 'Create it: createdb NAME.'],
  ['3F000', 'there is no such schema at', 'Create it (create schema NAME), or name another by `schema`.'],
  ['55P03', 'others hold a lock at', LOCKS],
  ['40', 'others keep changing the same at', 'Write it again; nothing of the result was written.'],
]

/** A deadlock, or a transaction that could not be serialized. */
export const isTransient = (cause: unknown): boolean => /^40(P01|001)$/.test(codeOf(cause))

/** What PostgreSQL or the network reported, in Hob's words. */
export function postgresMeaning(cause: unknown, place: string): RuleError {
  const code = codeOf(cause)
  const fail = (message: string, hint: string) => new RuleError('warehouse', message, { hint, cause })
  // The driver's own errors, of sockets and time limits, have no SQLSTATE.
  if (!/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]+$/.test(code)) return fail(`cannot reach ${place}`, REACH)
  const [, says, hint] = STATES.find(([start]) => code.startsWith(start)) ?? []
  if (says !== undefined && hint !== undefined) return fail(`${says} ${place}`, hint)
  const message = cause instanceof Error ? cause.message : ''
  return fail(`PostgreSQL at ${place}: ${message} (${code})`, 'Nothing of the result was written.')
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
