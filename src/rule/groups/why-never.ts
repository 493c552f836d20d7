import type { RuleDefinition } from '../rule.js'

/** Why records of a rule are never taken by groups, whatever is in them; null: they may be. */
export function whyNever({ options, input }: RuleDefinition): string | null {
  if (options.map !== undefined) return 'it has map'
  if (options.pure === false) return 'pure is false'
  return input.kind === 'parquet' ? 'its input is Parquet' : null
}
