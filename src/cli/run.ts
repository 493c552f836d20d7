import { KitchenError } from '../core/errors.js'
import type { OpenOptions } from '../engines.js'
import type { Kitchen } from '../kitchen.js'
import { COMMANDS, type CommandTable } from './commands.js'
import { EXIT_OK } from './exit-codes.js'
import { exitStatusOf } from './exit-status.js'
import { kitchenUrl, placeOf } from './kitchen-url.js'
import { type Parsed, parseCommandLine } from './parse.js'
import { printError } from './print/error-lines.js'
import type { Terminal } from './terminal.js'
import { readVersion } from './version.js'

/**
 * Carries out one command line.
 *
 * @param argv Without the names of node and of the program.
 * @returns The exit status. An error was printed, with its hint on the line below.
 */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  commands: CommandTable = COMMANDS,
): Promise<number> {
  let showStack = false
  try {
    const parsed = await parseCommandLine(argv, commands)
    showStack = parsed.kind === 'run' && parsed.globals.debug
    return await perform(parsed, terminal)
  } catch (error) {
    printError(error, { to: terminal.err, showStack })
    return exitStatusOf(error)
  }
}

async function perform(parsed: Parsed, terminal: Terminal): Promise<number> {
  if (parsed.kind === 'help') terminal.out.write(parsed.text)
  if (parsed.kind === 'version') terminal.out.line(readVersion())
  if (parsed.kind !== 'run') return EXIT_OK
  const { command, args, options, globals } = parsed
  const opened: Kitchen[] = []
  try {
    const openKitchen = async (how: OpenOptions = {}): Promise<Kitchen> => {
      const kitchen = await openNamedKitchen(kitchenUrl({ ...globals, env: terminal.env }), how)
      opened.push(kitchen)
      return kitchen
    }
    return await command.run({ args, options, globals, terminal, openKitchen })
  } finally {
    for (const kitchen of opened) await kitchen.close()
  }
}

async function openNamedKitchen(url: string, how: OpenOptions): Promise<Kitchen> {
  // Loaded here, so that help and completion need no engine.
  const { openKitchen } = await import('../kitchen.js')
  try {
    return await openKitchen(url, how)
  } catch (cause) {
    if (!(cause instanceof KitchenError && cause.code === 'missing')) throw cause
    const hint = 'Load orders first: hob load FILE'
    throw new KitchenError('missing', `there is no kitchen at ${placeOf(url)}`, { hint, cause })
  }
}
