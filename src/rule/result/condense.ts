import { RuleError } from '../../core/errors.js'
import type { MapOutput } from '../map-output.js'
import type { RuleDefinition } from '../rule.js'
import type { Duck } from './duck.js'
import type { MapFile, TaskPlace } from './reduce-task.js'

/**
 * Makes of the spills of one map task one Parquet file a keyset and kind, each key once, and removes the spills.
 *
 * The files are whole or not there; called again before the spills are gone, it makes the same.
 *
 * @throws RuleError `function`: the rule's `partition` gave no whole number from 0 to before `partitions`. `fault`: a full disk, for example.
 */
export async function condense(
  _duck: Duck,
  _rule: RuleDefinition,
  _output: MapOutput,
  _place: TaskPlace,
): Promise<readonly MapFile[]> {
  throw new RuleError('fault', 'not written yet')
}
