import type { RuleDefinition } from '../rule.js'
import type { Duck } from './duck.js'
import { reduceKeyset } from './reduce-keyset.js'
import { reducePairs } from './reduce-pairs.js'
import type { ReducedFile, ReduceOutput, ReduceTask, ReduceWatch } from './reduce-task.js'

/**
 * Reduces one partition of every keyset: groups, finishes the aggregates, and runs `partsPostprocess`, or the rule's own `reduce`.
 *
 * Files are whole or not there; called again it makes the same.
 *
 * @throws RuleError `function`: one of the rule's functions threw, or gave what is no row.
 */
export async function reduceTask(
  duck: Duck,
  rule: RuleDefinition,
  task: ReduceTask,
  watch: ReduceWatch = {},
): Promise<ReduceOutput> {
  const files: ReducedFile[] = []
  const own = { ...task, params: Object.freeze({ ...rule.params, ...task.params }) }
  if (rule.keysets.length === 0) files.push(await reducePairs(duck, rule, own, watch))
  for (const keyset of rule.keysets) {
    if (task.keyset !== null && task.keyset !== keyset.name) continue
    files.push(await reduceKeyset(duck, rule, keyset, own, watch))
  }
  return { partition: task.partition, files }
}
