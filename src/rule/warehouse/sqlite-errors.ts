import { messageOf, RuleError } from '../../core/errors.js'

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Another connection holds the lock; the same may go through in a moment. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))

/** SQLite's result codes by their beginnings, https://www.sqlite.org/rescode.html, and the system's. */
const MEANINGS: readonly (readonly [pattern: RegExp, says: string, hint: string])[] = [
  [
    /^(SQLITE_FULL|ENOSPC)/,
    'no room is left for',
    'Free some disk space; the result is kept, and nothing of it was written.',
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'another program keeps locking',
    'Look for a program that holds it open, such as an sqlite3 shell.',
  ],
  [
    /^(SQLITE_(READONLY|PERM|AUTH)|EACCES|EPERM|EROFS)/,
    'cannot write',
    'Check the permissions of the file and its folder.',
  ],
  [/^(SQLITE_CANTOPEN|ENOTDIR|EEXIST)/, 'cannot open', 'Check that its folder is one, and that you may write there.'],
  [/^SQLITE_NOTADB/, 'there is no SQLite database in', 'Name another file.'],
  [
    /^SQLITE_CORRUPT/,
    'the database is damaged:',
    'Keep a copy of it, then try the command .recover of the sqlite3 shell.',
  ],
  [/^SQLITE_IOERR/, 'cannot read or write', 'Look at the disk: nothing of the result was written.'],
]

/** What SQLite or the system reported, in Hob's words. */
export function sqliteMeaning(cause: unknown, file: string): RuleError {
  const [, says, hint] = MEANINGS.find(([pattern]) => pattern.test(codeOf(cause))) ?? []
  if (says !== undefined && hint !== undefined) return new RuleError('warehouse', `${says} ${file}`, { hint, cause })
  const message = messageOf(cause)
  return new RuleError('warehouse', `${file}: ${message}`, { hint: 'Nothing of the result was written.', cause })
}
