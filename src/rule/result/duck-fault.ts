import { HobError, messageOf, RuleError } from '../../core/errors.js'

/** What the fault of a statement is, as far as someone can do something about it. DuckDB's errors are texts that begin with their class. */
export function duckFault(error: unknown): HobError {
  if (error instanceof HobError) return error
  const text = messageOf(error)
  const [first = ''] = text.split('\n')
  if (/No space left on device|failed to offload data block|max_temp_directory_size/.test(text)) {
    return new RuleError('fault', 'the disk is full, or its share for intermediate files is used up', {
      hint: 'Make room where intermediate files go: beside the blobs, or in the folder for temporary files (TMPDIR).',
      cause: error,
    })
  }
  if (first.startsWith('Out of Memory Error')) {
    return new RuleError('fault', `a step of the rule does not fit into its memory: ${first}`, {
      hint: 'Give it more memory, or fewer threads.',
      cause: error,
    })
  }
  return new RuleError('fault', first, { cause: error })
}

/** What to say when DuckDB cannot be loaded. */
export function notInstalled(cause: unknown): RuleError {
  return new RuleError('fault', 'rules need DuckDB, and @duckdb/node-api is not installed', {
    hint: 'npm install @duckdb/node-api',
    cause,
  })
}
