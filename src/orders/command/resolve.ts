import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'
import { CommandError } from './command.js'

/** Where to look for a command. */
export interface Places {
  readonly cwd: string
  /** As in the variable PATH; an empty entry is `cwd`. */
  readonly path: string
}

type Found = 'executable' | 'folder' | 'forbidden' | 'missing'

/**
 * The absolute path of the command that a shell would run for `name`: relative to `cwd` when it holds a slash, else the
 * first executable file of that name in the folders of PATH. Builtins and functions of a shell are no commands.
 *
 * @throws CommandError `not-found`, `not-executable`.
 */
export function resolveCommand(name: string, { cwd, path }: Places): string {
  if (name.includes('/')) {
    const file = resolve(cwd, name)
    const found = look(file)
    if (found === 'executable') return file
    throw refusal(name, file, found)
  }
  const files = name === '' ? [] : path.split(delimiter).map((folder) => resolve(cwd, folder, name))
  const file = files.find((file) => look(file) === 'executable')
  if (file !== undefined) return file
  const forbidden = files.find((file) => look(file) === 'forbidden')
  if (forbidden !== undefined) throw refusal(name, forbidden, 'forbidden')
  const hint =
    look(resolve(cwd, name)) === 'executable'
      ? `Write ./${name} for the file in the current folder.`
      : 'Check how it is spelt, and that PATH names its folder.'
  throw new CommandError('not-found', `command not found: ${name}`, { hint })
}

function look(file: string): Found {
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined) return 'missing'
    if (stat.isDirectory()) return 'folder'
    accessSync(file, constants.X_OK)
    return 'executable'
  } catch (error) {
    // ENOTDIR, ELOOP and ENAMETOOLONG: nothing can be there. EACCES: it, or a folder on the way, is closed to us.
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'forbidden' : 'missing'
  }
}

function refusal(name: string, file: string, found: Exclude<Found, 'executable'>): CommandError {
  switch (found) {
    case 'missing':
      return new CommandError('not-found', `command not found: ${name}`, { hint: `There is no file ${file}.` })
    case 'folder':
      return new CommandError('not-executable', `cannot execute ${name}: it is a folder`)
    case 'forbidden':
      return new CommandError('not-executable', `cannot execute ${name}: permission denied`, {
        hint: `Make it executable: chmod +x ${file}`,
      })
  }
}
