import { CliError } from './cli-error.js'
import { flag, type OptionSpec } from './option.js'

/** Of a command that removes what nothing needs any more: it only tells what would go until it is told to remove. */
export const removalOptions: { readonly remove: OptionSpec<boolean>; readonly dryRun: OptionSpec<boolean> } = {
  remove: flag('--remove', 'Remove them; else only tell which.'),
  dryRun: flag('--dry-run', 'Only tell which, as without --remove.'),
}

/** Whether it shall remove. @throws CliError `usage` when both were said. */
export function isRemoval({ remove, dryRun }: { readonly remove: boolean; readonly dryRun: boolean }): boolean {
  if (remove && dryRun) throw new CliError('usage', '--remove and --dry-run exclude each other')
  return remove
}
