import { RuleError } from '../../core/errors.js'
import type { RuleDefinition } from '../rule.js'

/** Why a rule goes by rows whatever it reads; null: it may go by groups. */
export function alwaysRows({ options, input }: Pick<RuleDefinition, 'options' | 'input'>): string | null {
  if (options.map !== undefined) return 'it has map'
  if (options.pure === false) return 'it says pure: false'
  return input.kind === 'parquet' ? 'its input is Parquet' : null
}

/** Somebody asks for what cannot be. */
export const noGroups = (rule: string, reason: string): RuleError =>
  new RuleError('rule', `rule '${rule}' cannot go by groups: ${reason}`, {
    hint: 'Run it with --engine auto, or rows.',
  })
