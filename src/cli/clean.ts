import type { Broker } from '../broker/broker.js'
import { plural } from '../core/count.js'
import { KitchenError } from '../core/errors.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand, type Invocation } from './command.js'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { canAsk, confirm } from './print/confirm.js'
import { queueOption, tellCounts, totalOf } from './queues.js'

/** `hob clean`. */
export const clean: Command = defineCommand({
  args: [],
  options: {
    queue: queueOption,
    yes: flag('-y, --yes', 'Do not ask.'),
    force: flag('--force', 'Also while some run; what their waiters make of them is then refused.'),
  },
  examples: [
    { line: 'hob clean', says: 'Ask, then delete all orders.' },
    { line: 'hob clean --yes --queue thumbnails', says: 'Delete those of another queue, from a script.' },
  ],
  async run({ options: { queue, yes, force }, globals, terminal, openBroker }) {
    const broker = await openIfThere(openBroker)
    const summary = (await broker?.queues())?.find((candidate) => candidate.queue === queue)
    const count = summary ? totalOf(summary) : 0
    if (summary && summary.counts.running > 0 && !force)
      throw someRun(queue, { running: summary.counts.running, deleted: 0 })
    if (summary && count > 0 && !yes) {
      if (!canAsk(terminal)) throw new CliError('usage', 'there is no terminal to ask on', { hint: 'Add --yes.' })
      const isSure = await confirm(terminal, `Delete ${plural(count, 'order')} of ${queue} (${tellCounts(summary)})?`)
      if (!isSure) {
        terminal.err.line('nothing was deleted')
        return EXIT_FAILED
      }
    }
    const { deleted, running } =
      broker && count > 0 ? await broker.clean({ queue, ...(force && { force }) }) : { deleted: 0, running: 0 }
    // Some may have been taken since the question was asked.
    if (running > 0 && !force) throw someRun(queue, { running, deleted })
    if (globals.json) terminal.out.json({ queue, deleted })
    else terminal.out.line(`deleted ${plural(deleted, 'order')} from ${queue}`)
    return EXIT_OK
  },
})

/** A kitchen that is not there is as clean as can be. */
async function openIfThere(openBroker: Invocation<unknown>['openBroker']): Promise<Broker | undefined> {
  try {
    return await openBroker({ create: false })
  } catch (error) {
    if (error instanceof KitchenError && error.code === 'missing') return undefined
    throw error
  }
}

function someRun(queue: string, { running, deleted }: { running: number; deleted: number }): CliError {
  const fate =
    deleted === 0 ? 'nothing was deleted' : `${plural(deleted, 'other')} ${deleted === 1 ? 'was' : 'were'} deleted`
  return new CliError(
    'failed',
    `${plural(running, 'order')} of ${queue} ${running === 1 ? 'is' : 'are'} RUNNING; ${fate}`,
    { hint: 'Stop the waiters first (hob status shows them), or add --force.' },
  )
}
