import { flag, type OptionSpec, option, word } from './option.js'

/** What every command line may say, whatever its command. */
export interface GlobalOptions {
  readonly kitchen: string | undefined
  readonly db: string | undefined
  readonly json: boolean
  readonly debug: boolean
  readonly version: boolean
}

/** The options that every command has, before or after its name. */
export const GLOBAL_OPTIONS: { readonly [Name in keyof GlobalOptions]: OptionSpec<GlobalOptions[Name]> } = {
  kitchen: option('-k, --kitchen <url>', 'The kitchen; else HOB_KITCHEN, else sqlite:.hob/hob.db.', word),
  db: option('--db <name>', 'Another database in the same place.', word),
  json: flag('--json', 'Print JSON for programs.'),
  debug: flag('--debug', 'Print the stack of an error.'),
  version: flag('-V, --version', 'Print the version.'),
}
