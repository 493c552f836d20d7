import type { Broker } from '../../broker/broker.js'
import type { RuleAddress } from '../map-output.js'
import type { Params } from '../rule.js'
import type { RunBlob } from '../run-record.js'

/** A run to be begun. */
export interface RunPlan {
  /** `MODULE.RULE`. */
  readonly rule: string
  readonly address: RuleAddress
  readonly blobs: readonly RunBlob[]
  /** Absolute paths. */
  readonly files?: readonly string[]
  readonly keyset?: string
  readonly params?: Params
  /**
   * The version of the rule's record (`keptRule`) before the blobs were chosen. Begins only when it stands there still: else another
   * process may have run and archived these very blobs between the choice and this call, and they would be counted twice.
   */
  readonly expected?: number
  /** Begins although the rule is paused: a person said so. */
  readonly evenPaused?: boolean
}

/** What came of it. Only `started` changed anything; `running` names the run of the rule that has begun and not ended. */
export type StartedRun =
  | { readonly kind: 'started'; readonly run: string }
  | { readonly kind: 'running'; readonly run: string }
  | { readonly kind: 'paused' }
  /** The record is not of the version that was expected: choose the blobs again. */
  | { readonly kind: 'changed' }

/**
 * Begins a run: its record, that of the rule, and the job, in one commit; whoever works the kitchen's runs does it.
 *
 * Atomic: of many who start runs of one rule at once, one succeeds. The blobs are the run's own until it has ended.
 *
 * @throws ArgumentError when it has more than 4,000 blobs, or none and no files. KitchenError when the store fails.
 */
export async function startRun(_broker: Broker, _plan: RunPlan): Promise<StartedRun> {
  throw new Error('not yet')
}
