import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

/** Between two looks at what another holds. */
const PAUSE_MS = 25

/** How long to wait, and who says that there is no more need to. */
export interface LockWait {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Holds a file against all others of this machine, also against other threads of this process, which DuckDB does not: its locks are
 * those of the system, and belong to the process (fcntl(2)). SQLite's are of both kinds, and go with the process however it ends.
 *
 * @returns Lets go; undefined when another held it all the time.
 */
export async function lockFile(file: string, { timeoutMs, signal }: LockWait): Promise<(() => void) | undefined> {
  const db = new Database(file, { timeout: 0 })
  const untilMs = performance.now() + timeoutMs
  try {
    for (;;) {
      try {
        // What is held is the lock, and not what is in it: nothing ever is.
        db.exec('begin exclusive')
        return () => void db.close()
      } catch (error) {
        if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error
      }
      if (performance.now() > untilMs) break
      await sleep(PAUSE_MS, undefined, { signal })
    }
  } catch (error) {
    db.close()
    throw error
  }
  db.close()
  return undefined
}
