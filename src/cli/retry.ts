import { changeJobs, type JobChange } from './change-jobs.js'
import { type Command, defineCommand } from './command.js'
import { idsArgument, insteadOfIds, selectionOf, statesOption } from './job-selection.js'

const DOES: JobChange = {
  change: { kind: 'retry' },
  done: 'put back to READY',
  whenRunning: 'cancel it first, or let it end',
}

/** `hob retry`. */
export const retry: Command = defineCommand({
  args: [idsArgument],
  options: {
    queue: insteadOfIds,
    states: statesOption(['error', 'cancelled', 'scheduled'], 'error unless given'),
  },
  examples: [
    { line: 'hob retry 42 43', says: 'Two jobs, at once, their failures and crashes forgotten.' },
    { line: 'hob retry --queue mail --state error,cancelled', says: 'Whatever went wrong in a queue.' },
  ],
  notes: 'A SCHEDULED job becomes READY at once. The exit status is 1 when a job that was named could not be changed.',
  async run({ args: ids, options: { queue, states }, globals: { json }, terminal, openBroker }) {
    const selection = selectionOf({ ids, queue, states, initial: ['error'] })
    return changeJobs(await openBroker({ create: false }), { selection, does: DOES, json }, terminal)
  },
})
