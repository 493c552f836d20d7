import { RuleError } from '../../core/errors.js'

const RIGHTS = 'Check the user of the URL, its password, and what it is granted.'
const REACH =
  'Check that the server is running and that the URL names it; the result is kept, and nothing of it was written.'
const LOCKS = 'Look for who holds a lock there: show engine innodb status. `timeoutMs` says how long to wait.'

/** The server's and the driver's codes, https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const CODES: ReadonlyMap<string, readonly [says: string, hint: string]> = new Map<string, readonly [string, string]>([
  ['ER_ACCESS_DENIED_ERROR', ['the server refuses to let us in to', RIGHTS]],
  ['ER_DBACCESS_DENIED_ERROR', ['the server refuses to let us in to', RIGHTS]],
  ['ER_TABLEACCESS_DENIED_ERROR', ['we may not do that at', RIGHTS]],
  ['ER_SPECIFIC_ACCESS_DENIED_ERROR', ['we may not do that at', RIGHTS]],
  ['ER_OPTION_PREVENTS_STATEMENT', ['cannot write to', 'It is read-only: name the primary, not a replica.']],
  ['ER_BAD_DB_ERROR', ['there is no such database:', 'Create it: create database NAME.']],
  ['ER_NO_DB_ERROR', ['the URL names no database at', 'Write it like mysql://user:password@host/database']],
  ['ER_CON_COUNT_ERROR', ['no connection is free at', 'Raise max_connections, or let fewer programs connect.']],
  ['ER_RECORD_FILE_FULL', ['no room is left at', 'Free disk space on the server; nothing of the result was written.']],
  ['ER_DISK_FULL', ['no room is left at', 'Free disk space on the server; nothing of the result was written.']],
  ['ER_LOCK_WAIT_TIMEOUT', ['others hold a lock at', LOCKS]],
  ['ER_LOCK_DEADLOCK', ['others keep changing the same at', 'Write it again; nothing of the result was written.']],
  [
    'ER_DATA_TOO_LONG',
    [
      'a text is too long for its column at',
      'Texts of a key share 768 characters there. Write with mode append, which has no key, or make shorter keys.',
    ],
  ],
  [
    'ER_NET_PACKET_TOO_LARGE',
    ['a row is too long for', 'Raise max_allowed_packet of the server; nothing of the result was written.'],
  ],
])

/** A row with this key is there. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === 'ER_DUP_ENTRY'

/** Each held what the other waited for. */
export const isTransient = (cause: unknown): boolean => codeOf(cause) === 'ER_LOCK_DEADLOCK'

/** What MySQL or the network reported, in Hob's words. */
export function mysqlMeaning(cause: unknown, place: string): RuleError {
  const code = codeOf(cause)
  const [says, hint] = CODES.get(code) ?? []
  const fail = (message: string, advice: string) => new RuleError('warehouse', message, { hint: advice, cause })
  if (says !== undefined && hint !== undefined) return fail(`${says} ${place}`, hint)
  // The driver's own errors, of sockets and time limits, have no code of the server.
  if (!code.startsWith('ER_')) return fail(`cannot reach ${place}`, REACH)
  const message = cause instanceof Error ? cause.message : ''
  return fail(`MySQL at ${place}: ${message} (${code})`, 'Nothing of the result was written.')
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
