import type { EngineVerdict } from '../groups/group-plan.js'
import type { Piece } from '../input.js'
import type { KeptGroups, KeptPlan } from '../kept/kept-groups.js'
import type { Params } from '../rule.js'
import type { RuleFacts } from './thread-task.js'

/** What one rule of a run has to do. */
export interface StagePlan {
  readonly facts: RuleFacts
  /** Pieces of each map task. */
  readonly tasks: readonly (readonly Piece[])[]
  readonly keyset: string | null
  /** Absent: of an older version, which knew rows alone. */
  readonly verdict?: EngineVerdict
  /** Those of the run; absent: of an older version. */
  readonly params?: Params
  /** Its map tasks keep their groups for later runs. */
  readonly keepsGroups?: boolean
  /** Its map tasks take the groups that another run kept (`KEPT`), and have no pieces. */
  readonly kept?: KeptPlan
}

/** The name under which a run has the groups that another kept, where it maps these. */
export const KEPT = 'kept'

/** What a run kept of its map tasks. */
export interface KeptTasks {
  /** Its id. */
  readonly run: string
  readonly tasks: readonly KeptGroups[]
}
