import { constants, openSync } from 'node:fs'
import { CommandError } from './command.js'

/**
 * Opens a named pipe for reading, without waiting for one who writes.
 *
 * @throws CommandError `output` when it cannot be opened.
 */
export function openPipe(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    const isFull = cause instanceof Error && 'code' in cause && (cause.code === 'EMFILE' || cause.code === 'ENFILE')
    throw new CommandError('output', `cannot open the named pipe ${path}${isFull ? ': too many files are open' : ''}`, {
      ...(isFull ? { hint: 'Raise the limit of open files (ulimit -n), or take fewer lanes.' } : {}),
      cause,
    })
  }
}
