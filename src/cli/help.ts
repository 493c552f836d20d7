import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_CODES, EXIT_OK } from './exit-codes.js'
import { formatTable } from './print/table.js'

/** `hob help TOPIC`, for the topics that are no commands: the parser knows those. */
export const help: Command = defineCommand({
  args: [{ syntax: '<topic>', summary: 'A command, or exit-codes.', completes: 'command' }],
  options: {},
  examples: [
    { line: 'hob help deliver', says: 'Everything about one command.' },
    { line: 'hob help exit-codes', says: 'What the exit statuses mean.' },
  ],
  async run({ args: [topic], globals, terminal: { out } }) {
    if (topic !== 'exit-codes') {
      throw new CliError('usage', `there is no help on '${topic}'`, { hint: 'See: hob --help' })
    }
    if (globals.json) out.json(EXIT_CODES)
    else for (const line of exitCodeLines()) out.line(line)
    return EXIT_OK
  },
})

function exitCodeLines(): readonly string[] {
  return formatTable(
    [
      { heading: 'STATUS', align: 'right', cell: (row) => row.status },
      { heading: 'MEANING', align: 'left', cell: (row) => row.meaning },
    ],
    EXIT_CODES,
  )
}
