import { folder, type OptionSpec, option } from './option.js'

/** `--rules`, wherever a command needs the modules of rules. */
export const rulesOption: OptionSpec<string | undefined> = option(
  '--rules <dir>',
  'The folder of the modules of rules; else HOB_RULES, else rules.',
  folder,
)

/** The folder that the command line or the environment names; undefined: neither does, and it is `rules`. */
export const namedRules = (
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined => given ?? (env.HOB_RULES || undefined)
