import { ArgumentError, HobError, KitchenError, type KitchenErrorCode } from '../core/errors.js'
import { CliError, type CliErrorCode } from './cli-error.js'
import { EXIT_FAILED, EXIT_KITCHEN, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, EXIT_USAGE } from './exit-codes.js'

const OF_CLI_ERROR: Readonly<Record<CliErrorCode, number>> = {
  usage: EXIT_USAGE,
  failed: EXIT_FAILED,
  'not-executable': EXIT_NOT_EXECUTABLE,
  'not-found': EXIT_NOT_FOUND,
}

const OF_KITCHEN_ERROR: Readonly<Record<KitchenErrorCode, number>> = {
  missing: EXIT_KITCHEN,
  unreachable: EXIT_KITCHEN,
  denied: EXIT_KITCHEN,
  full: EXIT_KITCHEN,
  corrupt: EXIT_KITCHEN,
  foreign: EXIT_KITCHEN,
  newer: EXIT_KITCHEN,
  busy: EXIT_KITCHEN,
  fault: EXIT_KITCHEN,
  closed: EXIT_FAILED,
  url: EXIT_USAGE,
}

/** The exit status that tells the kind of an error. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof CliError) return OF_CLI_ERROR[error.code]
  if (error instanceof KitchenError) return OF_KITCHEN_ERROR[error.code]
  if (error instanceof ArgumentError) return EXIT_USAGE
  // A load that stopped because the kitchen was full is a matter of the kitchen.
  if (error instanceof HobError && error.cause instanceof KitchenError) return exitStatusOf(error.cause)
  return EXIT_FAILED
}
