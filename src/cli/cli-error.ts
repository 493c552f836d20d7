import { type ErrorDetails, HobError } from '../core/errors.js'

/**
 * Why a command could not be carried out.
 *
 * - `usage`: the command line makes no sense
 * - `failed`: it makes sense, and could not be done
 * - `not-executable`, `not-found`: the command that `deliver` should run
 */
export type CliErrorCode = 'usage' | 'failed' | 'not-executable' | 'not-found'

/** A fault of the command line itself, for the person who typed it. */
export class CliError extends HobError {
  readonly code: CliErrorCode

  constructor(code: CliErrorCode, message: string, details?: ErrorDetails) {
    super(message, details)
    this.code = code
  }
}
