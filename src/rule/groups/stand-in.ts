import { RuleError } from '../../core/errors.js'
import type { Piece } from '../input.js'
import type { OpenParquet } from '../map/read-piece.js'
import type { Params, RuleDefinition } from '../rule.js'
import type { EngineChoice, EngineVerdict } from './group-plan.js'

/** What `findVerdict` will be given. */
export interface VerdictLook {
  readonly keyset: string | null
  readonly params: Params
  readonly choice: EngineChoice
  readonly pieces: readonly Piece[]
  readonly openParquet: OpenParquet
  readonly onRow?: (rows: number) => void
}

/** Stands for `findVerdict` until that is there: rows, always. */
export async function findVerdict(rule: RuleDefinition, { choice }: VerdictLook): Promise<EngineVerdict> {
  const reason = whyNever(rule)
  if (choice === 'groups') throw new RuleError('rule', `rule ${rule.name} cannot run by groups: ${reason ?? 'not yet'}`)
  return { engine: 'rows', reason: reason ?? 'not yet', plan: null }
}

/** Why a rule is never taken by groups, whatever it reads; null: it may be. */
export function whyNever({ options }: RuleDefinition): string | null {
  if (options.map !== undefined) return 'it has map'
  return options.pure === false ? 'pure is false' : null
}
