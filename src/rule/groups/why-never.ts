import { RuleError } from '../../core/errors.js'
import { delimiterOf } from '../readers.js'
import type { RuleDefinition } from '../rule.js'

/** Why records of a rule are never taken by groups, whatever is in them; null: they may be. */
export function whyNever({ options, input }: RuleDefinition): string | null {
  if (options.map !== undefined) return 'it has map'
  if (options.pure === false) return 'pure is false'
  const isCsv = input.kind === 'csv' || input.kind === 'dynamic'
  // A scan looks for one byte.
  return isCsv && delimiterOf(input) > '\x7f' ? 'its delimiter is no character of ASCII' : null
}

/** What somebody is told who asks for groups all the same. */
export const noGroups = (rule: string, reason: string): RuleError =>
  new RuleError('rule', `rule '${rule}' cannot go by groups: ${reason}`, {
    hint: 'Run it with --engine auto, or rows.',
  })
