import { delimiterOf } from '../readers.js'
import type { RuleDefinition } from '../rule.js'

/** Why records of a rule are never taken by groups, whatever is in them; null: they may be. */
export function whyNever({ options, input }: RuleDefinition): string | null {
  if (options.map !== undefined) return 'it has map'
  if (options.pure === false) return 'pure is false'
  if (input.kind === 'parquet') return 'its input is Parquet'
  const isCsv = input.kind === 'csv' || input.kind === 'dynamic'
  // A scan looks for one byte.
  return isCsv && delimiterOf(input) > '\x7f' ? 'its delimiter is no character of ASCII' : null
}
