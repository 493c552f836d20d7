import { HobError, messageOf } from '../../core/errors.js'
import { CliError } from '../cli-error.js'
import type { Output } from './output.js'
import { visible } from './visible.js'

/** One line, its hint on the next; the stack, with what caused it, only on request. */
export function printError(error: unknown, { to, showStack }: { to: Output; showStack: boolean }): void {
  const message = messageOf(error)
  to.line(`${to.paint.red('hob:')} ${visible(message).replaceAll('\n', ' ')}`)
  const hint = error instanceof HobError ? error.hint : 'This may be a fault of Hob: --debug shows where it happened.'
  if (hint !== undefined) to.line(visible(hint))
  if (showStack) to.line(stackOf(error))
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined || error instanceof CliError ? '' : `\ncaused by ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
