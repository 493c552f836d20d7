import {
  type CommandWords,
  type CompletionModel,
  completionOfArguments,
  type OptionWords,
  RULE_NAMES,
  TAG_NAMES,
} from './model.js'

/** Completions for fish, one `complete` a line. */
export function fishCompletion({ commands, globals }: CompletionModel): string {
  const lines = [
    '# Completion of hob for fish. In ~/.config/fish/config.fish: hob completion fish | source',
    'complete -c hob -f',
    ...commands.map(({ name, summary }) => `complete -c hob -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`),
    ...globals.map((option) => optionLine('__fish_use_subcommand', option)),
    ...commands.flatMap((command) => [
      ...command.options.map((option) => optionLine(conditionOf(command), option)),
      ...argumentLines(command, commands),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

const conditionOf = ({ name }: CommandWords): string => quote(`__fish_seen_subcommand_from ${name}`)

function optionLine(condition: string, { names, summary, value, completes }: OptionWords): string {
  const forms = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const taken = value === null ? '' : ` -r${offerOf(completes)}`
  return `complete -c hob -n ${condition} ${forms.join(' ')}${taken} -d ${quote(summary)}`
}

function offerOf(completes: OptionWords['completes']): string {
  if (completes === null) return ' -f'
  if (completes === 'file') return ' -F'
  if (completes === 'folder') return " -f -a '(__fish_complete_directories)'"
  return ` -f -a ${quote(completes.join(' '))}`
}

function argumentLines(command: CommandWords, commands: readonly CommandWords[]): readonly string[] {
  const offer = completionOfArguments(command, commands)
  if ('words' in offer) {
    const words = quote(offer.words.join(' '))
    const rules = [
      ...namesLine(command, command.onRules, RULE_NAMES),
      ...namesLine(command, [...command.onTag, ...command.onTags], TAG_NAMES),
    ]
    return offer.words.length > 0 ? [`complete -c hob -n ${conditionOf(command)} -a ${words}`, ...rules] : []
  }
  const from = { file: '-F', executable: "-F -a '(__fish_complete_command)'" }[offer.from]
  return [`complete -c hob -n ${conditionOf(command)} ${from}`]
}

/** Names that a command prints, and files, behind some commands of a group. */
function namesLine({ name }: CommandWords, on: readonly string[], names: string): readonly string[] {
  if (on.length === 0) return []
  const condition = `__fish_seen_subcommand_from ${name}; and __fish_seen_subcommand_from ${on.join(' ')}`
  return [`complete -c hob -n ${quote(condition)} -F -a ${quote(`(${names})`)}`]
}

/** In fish's single quotes only the quote and the backslash mean something. */
const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`
