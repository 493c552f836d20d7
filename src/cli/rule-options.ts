import { CliError } from './cli-error.js'
import { file, type OptionSpec, option, several, type ValueKind, wholeNumber, word } from './option.js'

/** `-P`, wherever a rule's functions run. */
export const parametersOption: OptionSpec<readonly string[]> = several(
  '-P, --parameters <map>',
  'Parameters, as a map of YAML or JSON.',
  word,
)

/** `-l`, beside `-P`. */
export const parameterFilesOption: OptionSpec<readonly string[]> = several(
  '-l, --parameter-file <file>',
  'A file of parameters; -P goes before it.',
  file,
)

/** `--data-file`, beside them. */
export const dataFileOption: OptionSpec<string | undefined> = option(
  '--data-file <file>',
  "A file whose lines are the parameter 'dataFile'.",
  file,
)

/** A day that the calendar has. */
export const day: ValueKind<string> = {
  parse(text) {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN)
    if (!Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)) return text
    throw new CliError('usage', `'${text}' is not a day like 2026-01-31`)
  },
}

/** Tags, with commas between them. */
export const tags: ValueKind<readonly string[]> = {
  parse(text) {
    const named = text.split(',').map((part) => part.trim())
    const wrong = named.find((part) => part.includes('/'))
    if (wrong !== undefined) throw new CliError('usage', `'${wrong}' is no tag: it must not contain /`)
    return named.map(word.parse)
  },
}

/** A number of days. */
export const days: ValueKind<number> = wholeNumber({ min: 0, max: 3_660 })
