import { COMMANDS, type CommandTable } from './commands.js'
import { EXIT_OK } from './exit-codes.js'
import { exitStatusOf } from './exit-status.js'
import { kitchenUrl } from './kitchen-url.js'
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
  const url = () => kitchenUrl({ ...globals, env: terminal.env })
  const opened: { close(): Promise<void> }[] = []
  const opening = async <Opened extends { close(): Promise<void> }>(open: () => Promise<Opened>): Promise<Opened> => {
    const one = await open()
    opened.push(one)
    return one
  }
  try {
    return await command.run({
      args,
      options,
      globals,
      terminal,
      kitchenUrl: url,
      // Loaded only now: help and completion need neither, and most commands only the broker.
      openBroker: (how) => opening(async () => (await import('../engines.js')).openBroker(url(), how)),
      openKitchen: (how) => opening(async () => (await import('../kitchen.js')).openKitchen(url(), how)),
    })
  } finally {
    for (const one of opened) await one.close()
  }
}
