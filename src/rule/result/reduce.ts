import { RuleError } from '../../core/errors.js'
import type { RuleDefinition } from '../rule.js'
import type { Duck } from './duck.js'
import type { ReduceOutput, ReduceTask } from './reduce-task.js'

/**
 * Reduces one partition of every keyset: groups, finishes the aggregates, and runs `partsPostprocess`, or the rule's own `reduce`.
 *
 * Files are whole or not there; called again it makes the same.
 *
 * @throws RuleError `function`: one of the rule's functions threw, or gave what is no row.
 */
export async function reduceTask(_duck: Duck, _rule: RuleDefinition, _task: ReduceTask): Promise<ReduceOutput> {
  throw new RuleError('fault', 'not written yet')
}
