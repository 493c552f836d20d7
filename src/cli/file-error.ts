import { CliError } from './cli-error.js'
import { systemReason } from './system-reason.js'

/** What the system said about a file, in words: `cannot read orders.csv: there is no such file or folder`. */
export function fileError(verb: 'read' | 'write', path: string, cause: unknown, hint?: string): CliError {
  return new CliError('failed', `cannot ${verb} ${path}: ${systemReason(cause)}`, {
    cause,
    ...(hint !== undefined && { hint }),
  })
}
