import { Argument, Command as Commander, CommanderError, Option } from 'commander'
import { CliError } from './cli-error.js'
import type { Command, Example } from './command.js'
import { sameCommand } from './command-words.js'
import { type CommandGroup, type CommandTable, isGroup } from './commands.js'
import { GLOBAL_OPTIONS, type GlobalOptions } from './global-options.js'
import { type OptionSpec, type OptionTable, type OptionValues, parseOption } from './option.js'

/** What a command line asks for. */
export type Parsed =
  | ({ readonly kind: 'run'; readonly command: Command; readonly args: readonly string[] } & ParsedOptions)
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }

interface ParsedOptions {
  readonly options: OptionValues<OptionTable>
  readonly globals: GlobalOptions
}

/**
 * Parses a command line by the table of commands. Only the command that it names is loaded.
 *
 * @param argv Without the names of node and of the program.
 * @throws CliError `usage`, with "did you mean" where something is close.
 */
export async function parseCommandLine(argv: readonly string[], commands: CommandTable): Promise<Parsed> {
  return new CommandLine(commands).parse(withoutHelpCommand(withoutImmediate(argv, commands), commands))
}

const IMMEDIATE = /^(?:-i|--immediate(?:=|$))(.*)$/

/**
 * `hob -i RULE …` is `hob rule run RULE …`, wherever `-i` stands among its options: unless a command comes first, whose own it then is.
 */
function withoutImmediate(argv: readonly string[], commands: CommandTable): readonly string[] {
  const at = argv.findIndex((word) => IMMEDIATE.test(word) || Object.hasOwn(commands, word))
  const [, joined = ''] = IMMEDIATE.exec(argv[at] ?? '') ?? []
  if (at < 0 || Object.hasOwn(commands, argv[at] ?? '')) return argv
  const [rule, rest] = joined === '' ? [argv.slice(at + 1, at + 2), argv.slice(at + 2)] : [[joined], argv.slice(at + 1)]
  return ['rule', 'run', ...rule, ...argv.slice(0, at), ...rest]
}

/** `hob` and `hob help` ask for `--help`, and `hob help COMMAND` for that command's; other topics are the command's own. */
function withoutHelpCommand(argv: readonly string[], commands: CommandTable): readonly string[] {
  const [first = 'help', topic = '--help', ...rest] = argv
  if (first !== 'help' || topic === 'exit-codes') return argv
  if (topic === '--help') return [topic]
  const { path, group } = followed([topic, ...rest], commands)
  if (path.length === 1 + rest.length) return [...path, '--help']
  // What follows a name that is there must be wrong; a group says so itself, and tells what is close.
  return group === null && rest.length > 0 ? argv : [topic, ...rest]
}

/** How far words name commands of the table, and the group whose command the next one would have to be. */
function followed(
  words: readonly string[],
  commands: CommandTable,
): { readonly path: readonly string[]; readonly group: CommandTable | null } {
  const [name, ...rest] = words
  const entry = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (name === undefined || entry === undefined) return { path: [], group: commands }
  if (!isGroup(entry)) return { path: [name], group: null }
  const { path, group } = followed(rest, entry.commands)
  return { path: [name, ...path], group }
}

/** One command line on its way through commander. */
class CommandLine {
  readonly #program: Commander
  readonly #commands: CommandTable
  #help = ''
  /** The command that was named, once it is loaded. */
  #declared: Command | undefined
  #result: Parsed | undefined

  constructor(commands: CommandTable) {
    this.#commands = commands
    this.#program = new Commander('hob')
      .description(
        'Runs background work: orders from a file delivered by any command, jobs of queues by TypeScript or scripts.',
      )
      .usage('COMMAND [options]')
      .exitOverride()
      .enablePositionalOptions()
      .helpCommand(false)
      .addHelpOption(helpOption('Options:'))
      .configureOutput({ writeOut: (text) => (this.#help += text), writeErr: () => {} })
      .addHelpText('after', ROOT_NOTES)
    addOptions(this.#program, GLOBAL_OPTIONS, 'Options:')
    this.#addCommands(this.#program, commands)
  }

  async parse(argv: readonly string[]): Promise<Parsed> {
    try {
      await this.#program.parseAsync(argv, { from: 'user' })
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error
      if (error.exitCode === 0) return { kind: 'help', text: this.#help }
      if (this.#program.opts<Record<string, unknown>>().version === true) return { kind: 'version' }
      throw this.#usageError(error)
    }
    if (!this.#result) throw new Error('commander ended without running a command')
    return this.#result
  }

  #addCommands(to: Commander, commands: CommandTable): void {
    to.hook('preSubcommand', (_parent, child) => this.#declare(child, commands))
    for (const [name, { summary, heading }] of Object.entries(commands)) {
      const command = to.command(name).description(summary)
      if (heading !== undefined) command.helpGroup(heading)
    }
  }

  /** Tells commander what the command that was named takes, or which commands the group has. */
  async #declare(child: Commander, commands: CommandTable): Promise<void> {
    const entry = commands[child.name()]
    if (entry === undefined) return
    if (isGroup(entry)) this.#declareGroup(child, entry)
    else this.#declareCommand(child, await entry.load())
  }

  #declareGroup(child: Commander, { commands, examples }: CommandGroup): void {
    child.usage('COMMAND [options]').helpCommand(false).addHelpOption(helpOption(EVERYWHERE))
    addOptions(child, GLOBAL_OPTIONS, EVERYWHERE)
    child.addHelpText('after', notesOf({ examples }))
    this.#addCommands(child, commands)
  }

  #declareCommand(child: Commander, command: Command): void {
    this.#declared = command
    for (const { syntax, summary } of command.args) child.addArgument(new Argument(syntax, summary))
    addOptions(child, command.options, 'Options:')
    addOptions(child, GLOBAL_OPTIONS, EVERYWHERE)
    child
      .addHelpOption(helpOption(EVERYWHERE))
      .passThroughOptions(command.passThrough === true)
      .addHelpText('after', notesOf(command))
      .action(() => this.#run(command, child))
  }

  #run(command: Command, child: Commander): void {
    // Options stand before or after the command's name; the nearer one to what it is about wins.
    const typed = typedAround(child)
    const globals = valuesOf(GLOBAL_OPTIONS, typed)
    const options = valuesOf(command.options, typed)
    this.#result = globals.version ? { kind: 'version' } : { kind: 'run', command, args: child.args, options, globals }
  }

  #usageError(error: CommanderError): CliError {
    // Options alone make commander show its help as an error.
    const said = error.code === 'commander.help' ? 'no command was given' : error.message
    const { path, group } = followed(this.#program.args, this.#commands)
    const isUnknown = error.code === 'commander.unknownCommand'
    const message = isUnknown && group !== null ? unknownCommand(said, Object.keys(group)) : said
    const isWithinGroup = path.length > 0 && group !== null
    const more =
      isWithinGroup && !message.includes('Did you mean') ? `Commands: ${Object.keys(group).join(', ')}. ` : ''
    return new CliError('usage', message.replace(/^error: /, '').replaceAll('\n', ' '), {
      hint: `${more}${this.#missing(error)}See: ${['hob', ...path, '--help'].join(' ')}`,
      cause: error,
    })
  }

  /** What the argument is that was left out, as help has it. */
  #missing({ code, message }: CommanderError): string {
    if (code !== 'commander.missingArgument') return ''
    const name = /'(.*)'/.exec(message)?.[1]
    const summary = this.#declared?.args.find(({ syntax }) => syntax.replace(/[<>.]/g, '') === name)?.summary
    return summary === undefined ? '' : `${summary} `
  }
}

/** With the command that has another name here, in place of what is only spelt alike. */
function unknownCommand(said: string, commands: readonly string[]): string {
  const word = /'(.*)'/.exec(said)?.[1] ?? ''
  const meant = sameCommand(word, commands)
  if (meant === undefined) return said
  return `unknown command '${word}'${meant === null ? '' : ` (Did you mean ${meant}?)`}`
}

/** The options before a command's name and behind it; of one that stands in several places, the last. */
function typedAround(command: Commander): Readonly<Record<string, unknown>> {
  const around = command.parent === null ? {} : typedAround(command.parent)
  return { ...around, ...command.opts<Record<string, unknown>>() }
}

const EVERYWHERE = 'Options of every command:'

const helpOption = (heading: string): Option => new Option('-h, --help', 'Show this help.').helpGroup(heading)

function addOptions(to: Commander, table: OptionTable, heading: string): void {
  for (const spec of Object.values(table)) {
    const declared = new Option(spec.flags, describe(spec)).helpGroup(heading)
    if (spec.isRepeatable) declared.argParser((text, before) => [...listOf(before), ...listOf(parseOption(spec, text))])
    else if (spec.kind) declared.argParser((text) => parseOption(spec, text))
    to.addOption(declared)
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function describe({ summary, kind, initial, isRepeatable }: OptionSpec): string {
  const words = Array.isArray(kind?.completes) ? [kind.completes.join(', ')] : []
  const standing =
    kind && initial !== undefined && !isRepeatable
      ? [`default ${kind.isDuration ? `${Number(initial) / 1_000}s` : String(initial)}`]
      : []
  const more = [...words, ...standing].join('; ')
  return more === '' ? summary : `${summary} (${more})`
}

/** By the names of the table, with what stands when an option was not given. */
function valuesOf<Table extends OptionTable>(
  table: Table,
  typed: Readonly<Record<string, unknown>>,
): OptionValues<Table> {
  const values = Object.entries(table).map(([name, { flags, initial }]) => {
    return [name, typed[new Option(flags).attributeName()] ?? initial]
  })
  return Object.fromEntries(values) as OptionValues<Table>
}

const ROOT_NOTES = `
Try:
  ls /dev > orders.csv
  hob load orders.csv
  hob deliver ./crunch.sh --some-param some-value
  hob status

hob -i RULE is hob rule run RULE.
More: hob help COMMAND, hob help exit-codes`

function notesOf({ examples, notes }: { readonly examples: readonly Example[]; readonly notes?: string }): string {
  const lines = examples.flatMap(({ line, says }) => [`  ${line}`, `      ${says}`])
  return [...(notes ? ['', notes] : []), ...(lines.length > 0 ? ['', 'Examples:', ...lines] : [])].join('\n')
}
