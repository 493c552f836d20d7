import { RuleError } from '../../core/errors.js'
import type { ResultFile } from '../result-file.js'
import type { RuleDefinition } from '../rule.js'
import type { Duck } from './duck.js'
import type { ReduceOutput, TaskPlace } from './reduce-task.js'

/**
 * Makes of the partitions one Parquet file a keyset, sorted, with its last names and types of columns: the same rows for any number of
 * partitions and map tasks. In the order of the rule's keysets; one without a row has its file too.
 *
 * The partitions stay where they are, but for a finished one, which is renamed.
 */
export async function finishResults(
  _duck: Duck,
  _rule: RuleDefinition,
  _outputs: readonly ReduceOutput[],
  _place: TaskPlace,
): Promise<readonly ResultFile[]> {
  throw new RuleError('fault', 'not written yet')
}
