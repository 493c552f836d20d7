import { messageOf, RuleError } from '../../core/errors.js'

/** Another process has the file open. */
export const isLocked = (error: unknown): boolean => /Could not set lock/.test(messageOf(error))

/** What DuckDB or the system reported, in Hob's words. DuckDB's errors have no codes: they are texts that begin with their class. */
export function duckdbMeaning(error: unknown, file: string): unknown {
  if (error instanceof RuleError && error.code === 'warehouse') return error
  const fail = (message: string, hint: string) => new RuleError('warehouse', message, { hint, cause: error })
  const text = messageOf(error)
  if (isLocked(error))
    return fail(`another program keeps ${file} open`, 'Look for one that has it open, such as a duckdb shell.')
  if (/disk is full|No space left/.test(text))
    return fail(`no room is left for ${file}`, 'Free some disk space; nothing was written.')
  if (/not installed/.test(text))
    return fail('toDuckdb needs the package @duckdb/node-api', 'npm install @duckdb/node-api')
  if (/^IO Error|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|SQLITE_|unable to open/.test(text)) {
    return fail(`cannot open ${file}: ${text}`, 'Check that it is a DuckDB file, and that you may write there.')
  }
  return fail(`${file}: ${text}`, 'Nothing of the result was written.')
}
