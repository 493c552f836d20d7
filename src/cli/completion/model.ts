import type { ArgumentSpec } from '../command.js'
import { type CommandEntry, type CommandGroup, type CommandTable, isGroup } from '../commands.js'
import { GLOBAL_OPTIONS } from '../global-options.js'
import type { OptionSpec } from '../option.js'

/** What a shell needs to know of one option. */
export interface OptionWords {
  /** `-q`, `--queue`; the short one first, where there is one. */
  readonly names: readonly string[]
  readonly summary: string
  /** What its value is called; null for a flag. */
  readonly value: string | null
  readonly completes: readonly string[] | 'file' | 'folder' | null
}

/** What a shell needs to know of one command. */
export interface CommandWords {
  readonly name: string
  readonly summary: string
  readonly options: readonly OptionWords[]
  readonly args: readonly ArgumentSpec[]
  /** What follows its first argument is another command's own. */
  readonly passThrough: boolean
  /** Of a group: those of its commands whose first argument is a rule. */
  readonly onRules: readonly string[]
  /** The same for a tag of blobs; and those that take any number of tags. */
  readonly onTag: readonly string[]
  readonly onTags: readonly string[]
}

/** All that completion offers, from the same tables that parse the command line. */
export interface CompletionModel {
  readonly commands: readonly CommandWords[]
  readonly globals: readonly OptionWords[]
}

/** Loads every command of the table and collects its words. */
export async function completionModel(table: CommandTable): Promise<CompletionModel> {
  const help: OptionWords = { names: ['-h', '--help'], summary: 'Show help.', value: null, completes: null }
  const globals = [...Object.values<OptionSpec>(GLOBAL_OPTIONS).map(wordsOf), help]
  const commands = await Promise.all(
    Object.entries(table).map(async ([name, entry]) => {
      const words = isGroup(entry) ? await ofGroup(entry) : await ofCommand(entry)
      return { ...words, name, summary: entry.summary, options: [...words.options, ...globals] }
    }),
  )
  return { commands, globals }
}

type Words = Omit<CommandWords, 'name' | 'summary'>

async function ofCommand({ load }: CommandEntry): Promise<Words> {
  const { options, args, passThrough = false } = await load()
  return { options: Object.values(options).map(wordsOf), args, passThrough, onRules: [], onTag: [], onTags: [] }
}

/** A group is offered as one command whose arguments are the names of its commands, with the options of all of them. */
async function ofGroup({ commands }: CommandGroup): Promise<Words> {
  const inner = await Promise.all(
    Object.values(commands).map((entry) => (isGroup(entry) ? ofGroup(entry) : ofCommand(entry))),
  )
  const byNames = new Map(inner.flatMap(({ options }) => options.map((option) => [option.names.join(), option])))
  const command = { syntax: '<command>', summary: 'What to do.', completes: Object.keys(commands) }
  const names = Object.keys(commands)
  const first = names.map((_, at) => inner[at]?.args[0])
  const on = (what: string, isRepeated: boolean) =>
    names.filter((_, at) => first[at]?.completes === what && first[at]?.syntax.includes('...') === isRepeated)
  const onTag = on('tag', false)
  const onTags = on('tag', true)
  return {
    options: [...byNames.values()],
    args: [command],
    passThrough: false,
    onRules: on('rule', false),
    onTag,
    onTags,
  }
}

function wordsOf({ flags, summary, kind }: OptionSpec): OptionWords {
  return {
    names: flags.match(/--?[\w-]+/g) ?? [],
    summary,
    value: flags.match(/[<[](.+?)[>\]]/)?.[1] ?? null,
    completes: kind?.completes ?? null,
  }
}

/** What the arguments of a command may be: words, files and so on; of the first that says so. */
export function completionOfArguments({ args }: CommandWords, commands: readonly CommandWords[]): Offer {
  const completes = args.find((arg) => arg.completes !== undefined)?.completes
  if (completes === 'command') return { words: commands.map(({ name }) => name) }
  if (completes === 'file' || completes === 'executable') return { from: completes }
  return { words: completes === 'rule' || completes === 'tag' ? [] : (completes ?? []) }
}

/** Words to choose from, or a place where the shell finds them. */
export type Offer = { readonly words: readonly string[] } | { readonly from: 'file' | 'executable' }

/** A line of shell that prints the names of rules; a folder without any completes nothing. */
export const RULE_NAMES = 'hob rule names 2>/dev/null'

/** The same for tags of blobs. */
export const TAG_NAMES = 'hob blob ls --names 2>/dev/null'

/** In single quotes, for bash and zsh. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
