import type { Control, QueueSummary } from '../broker/control.js'
import { formatCount } from '../core/count.js'
import { JOB_STATES, type JobState } from '../core/job-state.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'
import { type OptionSpec, optionWith, word } from './option.js'

/** Where orders go when nobody names a queue. */
export const ORDERS_QUEUE = 'orders'

/** `--queue`, as the commands on one queue have it. */
export const queueOption: OptionSpec<string> = optionWith('-q, --queue <name>', 'The queue.', {
  ...word,
  initial: ORDERS_QUEUE,
})

/**
 * The summary of a queue that must be there.
 *
 * @throws CliError `failed` when it never had a job.
 */
export async function queueNamed(control: Control, name: string): Promise<QueueSummary> {
  const queues = await control.queues()
  const found = queues.find(({ queue }) => queue === name)
  if (found) return found
  throw noQueue(
    name,
    queues.map(({ queue }) => queue),
  )
}

/** So many are named; more would hide the one that was meant. */
const NAMED_MAX = 20

/**
 * There is no such queue; says which one may be meant, and which there are.
 *
 * @param canBeNew Whether the command has `--new`, for a queue that is yet to come.
 */
export function noQueue(
  name: string,
  others: readonly string[],
  { canBeNew = false }: { readonly canBeNew?: boolean } = {},
): CliError {
  const more = others.length > NAMED_MAX ? ` and ${formatCount(others.length - NAMED_MAX)} more` : ''
  const here = `Queues here: ${others.slice(0, NAMED_MAX).join(', ')}${more}.`
  const none = 'This kitchen has none. Name another with --kitchen or HOB_KITCHEN; the first job makes a queue.'
  const found = others.length === 0 ? none : `${didYouMean(name, others)}${here}`
  const hint = canBeNew ? `${found} --new is for one that is yet to come.` : found
  return new CliError('failed', `there is no queue '${name}'`, { hint })
}

/** How many jobs a queue has in all. */
export const totalOf = ({ counts }: QueueSummary): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

/** The states that a queue's jobs are in: `304 READY, 10 DONE, 1 ERROR`. */
export const tellCounts = ({ counts }: QueueSummary): string =>
  JOB_STATES.filter((state) => counts[state] > 0)
    .map((state) => `${formatCount(counts[state])} ${stateWord(state)}`)
    .join(', ')

/** A state as people see it: `READY`. */
export const stateWord = (state: JobState): string => state.toUpperCase()
