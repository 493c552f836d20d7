import type { RuleDefinition } from '../rule.js'

/** Why records of a rule are never taken by groups, whatever is in them; null: they may be. */
export function whyNever({ options }: RuleDefinition): string | null {
  if (options.map !== undefined) return 'it has map'
  return options.pure === false ? 'pure is false' : null
}
