import type { BadRow, RunCounters } from '../counters.js'
import type { EngineAccount } from '../groups/engine-account.js'
import type { ResultFile } from '../result-file.js'
import type { RuleFacts } from './thread-task.js'

/** What one rule of a run came to. */
export interface StageMade {
  readonly results: readonly ResultFile[]
  /** With those of the rules that feed it. */
  readonly counters: RunCounters
  readonly badRows: readonly BadRow[]
  readonly badFiles: readonly string[]
  /** Its own, and then those of the rules that feed it; absent: of an older version. */
  readonly engines?: readonly EngineAccount[]
}

/** What a run has made when it is about to be saved; kept in its folder. */
export interface RunMade extends StageMade {
  readonly facts: RuleFacts
}
