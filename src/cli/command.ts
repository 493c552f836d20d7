import type { Broker } from '../broker/broker.js'
import type { OpenOptions } from '../engines.js'
import type { Kitchen } from '../kitchen.js'
import type { GlobalOptions } from './global-options.js'
import type { OptionTable, OptionValues } from './option.js'
import type { Terminal } from './terminal.js'

/** One argument of a command, in its place. */
export interface ArgumentSpec {
  /** As help shows it: `<id>`, `[topic]`, `<file...>`; square brackets when it may be left out, dots when it repeats. */
  readonly syntax: string
  readonly summary: string
  /** What the shell offers: these words, or the names of files, commands of this program, commands of the system, rules, or tags. */
  readonly completes?: readonly string[] | 'file' | 'command' | 'executable' | 'rule' | 'tag'
}

/** A command line that works, and what it does. */
export interface Example {
  readonly line: string
  readonly says: string
}

/** What a command is given when it runs. */
export interface Invocation<Options> {
  readonly args: readonly string[]
  readonly options: Options
  readonly globals: GlobalOptions
  readonly terminal: Terminal
  /**
   * Opens the kitchen that `--kitchen` and `--db` name, for what `Control` and the other ports can do; the frame closes
   * it when the command is over. Nothing of the work is loaded, so this is what starts quickly.
   *
   * @throws KitchenError with a hint that fits the command line.
   */
  openBroker(options?: OpenOptions): Promise<Broker>
  /** The same for a command that works a queue itself. */
  openKitchen(options?: OpenOptions): Promise<Kitchen>
  /** The URL of that kitchen, for a command that has others open it. @throws CliError, KitchenError when it names none. */
  kitchenUrl(): string
}

/** What a command declares. Help, parsing, "did you mean" and completion all come from it. */
export interface CommandSpec<Table extends OptionTable> {
  readonly args: readonly ArgumentSpec[]
  readonly options: Table
  readonly examples: readonly Example[]
  /** More to say in its help, below the options. */
  readonly notes?: string
  /** What follows the first argument belongs to the command that it names, options too. */
  readonly passThrough?: true
  /** Parses nothing, exits nowhere: calls, prints, and answers the exit status. */
  run(invocation: Invocation<OptionValues<Table>>): Promise<number>
}

/**
 * One command as the frame sees it. Its name and its summary stand in the table `COMMANDS`, so that
 * `hob --help` shows them without loading it. The table may hold groups of commands, too.
 */
export type Command = CommandSpec<OptionTable>

/** Declares a command; `run` gets its options with the types that their table gives them. */
export const defineCommand = <const Table extends OptionTable>(spec: CommandSpec<Table>): Command => spec
