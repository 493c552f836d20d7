import {
  type CommandWords,
  type CompletionModel,
  completionOfArguments,
  type OptionWords,
  quote,
  RULE_NAMES,
  TAG_NAMES,
} from './model.js'

/** A completion function for zsh, by its own `_arguments`. */
export function zshCompletion({ commands, globals }: CompletionModel): string {
  const described = commands.map(({ name, summary }) => quote(`${name}:${summary.replaceAll(':', '\\:')}`))
  return `#compdef hob
# Completion of hob for zsh. In ~/.zshrc, after compinit: eval "$(hob completion zsh)"
_hob() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(${described.join(' ')})
  _arguments -C -S ${globals.flatMap(specsOf).join(' ')} '1: :->command' '*:: :->arguments'
  case $state in
    command) _describe command commands ;;
    arguments)
      case $words[1] in
${commands.map((command) => `        ${command.name}) _arguments -S ${allSpecs(command, commands)} ;;\n`).join('')}      esac ;;
  esac
}
compdef _hob hob
`
}

function allSpecs(command: CommandWords, commands: readonly CommandWords[]): string {
  const offer = completionOfArguments(command, commands)
  const action =
    'words' in offer ? `(${offer.words.join(' ')})` : { file: '_files', executable: '_command_names -e' }[offer.from]
  const args =
    command.args.length === 0
      ? []
      : command.passThrough
        ? [quote(`1:command:${action}`), quote('*::argument:_files')]
        : command.onRules.length > 0
          ? [quote(`1:command:${action}`), quote(`*:rule:{compadd -- $(${RULE_NAMES}); _files}`)]
          : command.onTag.length + command.onTags.length > 0
            ? [quote(`1:command:${action}`), quote(`*:tag:{compadd -- \${(f)"$(${TAG_NAMES})"}; _files}`)]
            : [quote(`*:argument:${action}`)]
  return [...command.options.flatMap(specsOf), ...args].join(' ')
}

/** One specification for each name; they exclude one another. */
function specsOf({ names, summary, value, completes }: OptionWords): readonly string[] {
  const excluded = `(${names.join(' ')})`
  const said = summary.replace(/[\\[\]:]/g, '\\$&')
  const taken = value === null ? '' : `:${value.replaceAll(':', '\\:')}:${actionOf(completes)}`
  return names.map((name) => {
    // With = the value may follow in the same word: --format=csv.
    const joint = value === null ? '' : name.startsWith('--') ? '=' : '+'
    return quote(`${excluded}${name}${joint}[${said}]${taken}`)
  })
}

function actionOf(completes: OptionWords['completes']): string {
  if (completes === null) return ''
  if (completes === 'file') return '_files'
  if (completes === 'folder') return '_files -/'
  return `(${completes.join(' ')})`
}
