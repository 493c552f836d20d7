import { singleQuote } from '../shell-quote.js'
import { CommandError } from './command.js'
import type { Shell } from './shell.js'
import type { TemporaryFolder } from './temporary-folder.js'

/**
 * Makes named pipes in the folder, by one process of the shell, and answers their paths.
 *
 * @throws CommandError `output` when they cannot be made.
 */
export async function makePipes(shell: Shell, folder: TemporaryFolder, count: number): Promise<readonly string[]> {
  const paths = Array.from({ length: count }, () => folder.newPath())
  const words = `mkfifo ${paths.map(singleQuote).join(' ')}`
  // -p: from where POSIX keeps its own utilities, whatever PATH says. Not all systems know such a place.
  const { status, said } = await shell.run(`command -p ${words} </dev/null || ${words} </dev/null`)
  if (status === 0) return paths
  throw new CommandError('output', `cannot make named pipes in ${folder.path}: ${said}`, {
    hint: 'Name a folder on a local disk in TMPDIR.',
  })
}
