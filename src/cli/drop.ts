import type { Broker } from '../broker/broker.js'
import { plural } from '../core/count.js'
import { changeJobs, type JobChange } from './change-jobs.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_FAILED } from './exit-codes.js'
import { idsArgument, insteadOfIds, type Selection, selectionOf, statesOption } from './job-selection.js'
import { flag } from './option.js'
import { canAsk, confirm } from './print/confirm.js'
import { queueNamed, stateWord } from './queues.js'

const DOES: JobChange = { change: { kind: 'drop' }, done: 'deleted', whenRunning: 'cancel it first, or let it end' }

/** `hob drop`. */
export const drop: Command = defineCommand({
  args: [idsArgument],
  options: {
    queue: insteadOfIds,
    states: statesOption(['scheduled', 'ready', 'done', 'error', 'cancelled'], 'it must be given'),
    yes: flag('-y, --yes', 'Do not ask.'),
  },
  examples: [
    { line: 'hob drop 42', says: 'Ask, then delete a job and its history.' },
    { line: 'hob drop --yes --queue mail --state done,error', says: 'Delete what has ended, from a script.' },
  ],
  notes: 'A job that runs is never deleted: cancel it first. To delete all jobs of a queue: hob clean.',
  async run({ args: ids, options: { queue, states, yes }, globals: { json }, terminal, openBroker }) {
    const selection = selectionOf({ ids, queue, states, initial: null })
    const broker = await openBroker({ create: false })
    if (!yes) {
      const question = `Delete ${await tellSelection(broker, selection)}?`
      if (!canAsk(terminal)) throw new CliError('usage', 'there is no terminal to ask on', { hint: 'Add --yes.' })
      if (!(await confirm(terminal, question))) {
        terminal.err.line('nothing was deleted')
        return EXIT_FAILED
      }
    }
    return changeJobs(broker, { selection, does: DOES, json }, terminal)
  },
})

async function tellSelection(broker: Broker, selection: Selection): Promise<string> {
  if (selection.kind === 'ids') return plural(selection.ids.length, 'job')
  const { queue, states } = selection
  const { counts } = await queueNamed(broker, queue)
  const count = states.reduce((sum, state) => sum + counts[state], 0)
  return `${plural(count, 'job')} of ${queue} (${states.map(stateWord).join(', ')})`
}
