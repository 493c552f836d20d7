import type { Piece } from '../input.js'
import type { OpenParquet } from '../map/read-piece.js'
import type { Params, RuleDefinition } from '../rule.js'
import { alwaysRows, noGroups } from './always-rows.js'
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
  const reason = alwaysRows(rule) ?? 'not yet'
  if (choice === 'groups') throw noGroups(rule.name, reason)
  return { engine: 'rows', reason, plan: null }
}
