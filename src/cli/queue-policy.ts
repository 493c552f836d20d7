import type { Broker } from '../broker/broker.js'
import type { QueuePolicy } from '../queue/policies.js'
import { policyJson, policyWords } from './policy-words.js'
import { visible } from './print/visible.js'
import { noQueue } from './queues.js'
import type { Terminal } from './terminal.js'

/** @throws CliError `failed` when there is no such queue; it names `--new`. */
export async function checkQueueIsThere(broker: Broker, queue: string): Promise<void> {
  const queues = (await broker.queues()).map((summary) => summary.queue)
  if (!queues.includes(queue)) throw noQueue(queue, queues, { canBeNew: true })
}

/** Prints what is said about a queue. */
export function printPolicy(
  { queue, policy, json }: { readonly queue: string; readonly policy: QueuePolicy; readonly json: boolean },
  { out }: Terminal,
): void {
  if (json) out.json({ queue, policy: policyJson(policy) })
  else for (const line of policyLines(queue, policy)) out.line(line)
}

/** What is said about a queue, a line for each option. */
export function policyLines(queue: string, policy: QueuePolicy): readonly string[] {
  const words = policyWords(policy).filter(({ says }) => says !== null)
  if (words.length === 0) return [`nothing is set for ${visible(queue)}: its workers say`]
  return [
    `set for ${visible(queue)}, before what its workers say:`,
    ...words.map(({ option, says }) => `  ${option.padEnd(14)}  ${says}`),
  ]
}
