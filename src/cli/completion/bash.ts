import {
  type CommandWords,
  type CompletionModel,
  completionOfArguments,
  type OptionWords,
  quote,
  RULE_NAMES,
  TAG_NAMES,
} from './model.js'

/** A completion function for bash, 3.2 or newer. */
export function bashCompletion({ commands, globals }: CompletionModel): string {
  return `# Completion of hob for bash. In ~/.bashrc: eval "$(hob completion bash)"
_hob_tags() {
  # Bash takes in:users for three words, and replaces only what stands behind the last colon.
  local typed=$1 tag before=
  [[ $COMP_WORDBREAKS == *:* ]] && before=\${typed%"\${typed##*:}"}
  while IFS= read -r tag; do
    # What would mean something to the shell is left to be typed.
    if [[ $tag == "$typed"* && $tag != *[!A-Za-z0-9_.:@+-]* ]]; then COMPREPLY+=("\${tag#"$before"}"); fi
  done < <(${TAG_NAMES})
}
_hob() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= inner= operands=0 i
  # Bash takes --format=csv for three words.
  if [[ $word == = ]]; then word=; elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
${takers(' ', globals)}${commands.map(({ name, options }) => takers(`${name} `, options)).join('')}      *' '-* | *' =') ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[i]}; else ((operands++)); inner=\${inner:-\${COMP_WORDS[i]}}; fi ;;
    esac
  done
  case "$command $previous" in
${values(' ', globals)}${commands.map(({ name, options }) => values(`${name} `, options)).join('')}  esac
  case $command in
    '') COMPREPLY=($(compgen -W ${quote([...commands.map(({ name }) => name), ...namesOf(globals)].join(' '))} -- "$word")) ;;
${commands.map((command) => ofCommand(command, commands)).join('')}  esac
}
complete -o bashdefault -F _hob hob
`
}

/** Options whose value is the next word, which is then no operand. */
function takers(before: string, options: readonly OptionWords[]): string {
  const patterns = options
    .filter(({ value }) => value !== null)
    .flatMap(({ names }) => names.map((name) => quote(before + name)))
  return patterns.length === 0
    ? ''
    : `      ${patterns.join(' | ')}) [[ \${COMP_WORDS[i+1]} == = ]] && ((i++)); ((i++)) ;;\n`
}

function values(before: string, options: readonly OptionWords[]): string {
  return options
    .filter(({ value }) => value !== null)
    .map(({ names, completes }) => {
      const patterns = names.map((name) => quote(before + name)).join(' | ')
      return `    ${patterns}) COMPREPLY=(${generator(completes)}); return ;;\n`
    })
    .join('')
}

function generator(completes: OptionWords['completes']): string {
  if (completes === null) return ''
  if (completes === 'file') return '$(compgen -f -- "$word")'
  if (completes === 'folder') return '$(compgen -d -- "$word")'
  return `$(compgen -W ${quote(completes.join(' '))} -- "$word")`
}

function ofCommand(command: CommandWords, commands: readonly CommandWords[]): string {
  const offer = completionOfArguments(command, commands)
  const names = namesOf(command.options).join(' ')
  const words = 'words' in offer ? [...offer.words, names].join(' ') : names
  const action = 'from' in offer ? { file: ' -f', executable: ' -c -f' }[offer.from] : ''
  const always = `COMPREPLY=($(compgen -W ${quote(words)} -- "$word")`
  // Files and commands only where no option has begun: their names are many.
  const line = action === '' ? `${always})` : `${always} $([[ $word == -* ]] || compgen${action} -- "$word"))`
  const rules = command.onRules.length === 0 ? '' : ofRules(command)
  const tags = command.onTag.length + command.onTags.length === 0 ? '' : ofTags(command)
  const guard = command.passThrough
    ? 'if ((operands > 0)); then COMPREPLY=($(compgen -f -- "$word")); return; fi; '
    : rules + tags
  return `    ${command.name}) ${guard}${line} ;;\n`
}

/** Behind `hob rule run`: the names of rules, and then whatever the shell offers. */
function ofRules({ onRules, options }: CommandWords): string {
  const words = namesOf(options).join(' ')
  const offer = `COMPREPLY=($(compgen -W "$([[ $operands == 1 && $word != -* ]] && ${RULE_NAMES})"${quote(` ${words}`)} -- "$word"))`
  return `case $inner in ${onRules.join(' | ')}) ${offer}; return ;; esac; `
}

/** Behind `hob blob cat`: tags, and files where there is none that fits; where one tag is taken, only as the first word. */
function ofTags({ onTag, onTags }: CommandWords): string {
  const typed = `local typed=\${COMP_LINE:0:COMP_POINT}; typed=\${typed##* }; local until=\${COMP_LINE:0:COMP_POINT-\${#typed}}; `
  const any = onTags.length === 0 ? '' : `${onTags.join(' | ')}) _hob_tags "$typed"; return ;; `
  const first =
    onTag.length === 0 ? '' : `${onTag.join(' | ')}) [[ $until == *" $inner " ]] && _hob_tags "$typed"; return ;; `
  return `if [[ $word != -* ]]; then ${typed}case $inner in ${any}${first}esac; fi; `
}

const namesOf = (options: readonly OptionWords[]): readonly string[] =>
  options.map(({ names }) => names.at(-1)).filter((name) => name !== undefined)
