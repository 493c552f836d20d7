import { HobError, KitchenError, type KitchenErrorCode } from '../../core/errors.js'

/** SQLite's result codes, https://www.sqlite.org/rescode.html, by their beginnings: the first that fits counts. */
const CODES: readonly (readonly [code: string, kind: KitchenErrorCode, message: string, hint: string])[] = [
  [
    'SQLITE_FULL',
    'full',
    'no room is left for',
    'Free some disk space and run this again; what was acknowledged is safe.',
  ],
  ['SQLITE_IOERR_SHMSIZE', 'full', 'no room is left for', 'Free some disk space and run this again.'],
  [
    'SQLITE_BUSY',
    'busy',
    'another program keeps locking',
    'Look for a program that holds it open, such as an sqlite3 shell.',
  ],
  ['SQLITE_READONLY', 'denied', 'cannot write', 'Check the permissions of the file and its folder.'],
  ['SQLITE_PERM', 'denied', 'may not open', 'Check the permissions of the file and its folder.'],
  ['SQLITE_AUTH', 'denied', 'may not open', 'Check the permissions of the file and its folder.'],
  ['SQLITE_CANTOPEN', 'denied', 'cannot open', 'Check that its folder exists and that you may write there.'],
  ['SQLITE_NOTADB', 'foreign', 'there is no SQLite database in', 'Name another file with --kitchen sqlite:FILE.'],
  [
    'SQLITE_CORRUPT',
    'corrupt',
    'the database is damaged:',
    'Keep a copy of it, then try the command .recover of the sqlite3 shell.',
  ],
]

/** The SQLite result code of an error, or undefined when it comes from elsewhere. */
export function sqliteCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined
}

/** Another connection holds the lock; the same call may go through in a moment. */
export const isBusy = (error: unknown): boolean => {
  const code = sqliteCode(error)
  return code !== undefined && (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED')
}

/** What SQLite reported, in Hob's words; errors of our own pass through. */
export function kitchenError(error: unknown, place: string): unknown {
  if (error instanceof HobError) return error
  const code = sqliteCode(error)
  if (code === undefined) return error
  const [, kind, message, hint] = CODES.find(([start]) => code.startsWith(start)) ?? [
    '',
    'fault' as const,
    `SQLite failed (${code}) on`,
    'Run again with --debug for its own words.',
  ]
  return new KitchenError(kind, `${message} ${place}`, { hint, cause: error })
}
