import { type ChangeTask, changeJobs } from './change-jobs.js'
import { type Command, defineCommand } from './command.js'
import { listenForInterrupt } from './interrupt.js'
import { idsArgument, insteadOfIds, selectionOf, statesOption } from './job-selection.js'
import { durationMs, optionWith, word } from './option.js'

/** `hob cancel`. */
export const cancel: Command = defineCommand({
  args: [idsArgument],
  options: {
    queue: insteadOfIds,
    states: statesOption(['ready', 'scheduled'], 'ready,scheduled unless given'),
    reason: optionWith('--reason <text>', 'Why; it stays with the job.', { ...word, initial: 'by hob cancel' }),
    waitMs: optionWith('--wait <duration>', 'Wait so long for jobs that run to end.', {
      ...durationMs,
      initial: 10_000,
    }),
  },
  examples: [
    { line: "hob cancel 42 --reason 'the customer left'", says: 'It ends as CANCELLED, and the reason stays with it.' },
    { line: 'hob cancel --queue mail', says: 'All that waits in a queue; hob retry --state cancelled takes it back.' },
  ],
  notes:
    'A job that runs is told to stop: its signal aborts within a second, wherever it runs. A handler that returns\n' +
    'all the same has done it; one that does not end within 5 s is given up, and its job is CANCELLED.',
  async run({ args: ids, options: { queue, states, reason, waitMs }, globals: { json }, terminal, openBroker }) {
    const selection = selectionOf({ ids, queue, states, initial: ['ready', 'scheduled'] })
    const broker = await openBroker({ create: false })
    const task: Omit<ChangeTask, 'does'> = { selection, json }
    const change = { kind: 'cancel', reason } as const
    const interrupt = listenForInterrupt()
    const whenRunning = 'its worker has been asked, and has not ended it yet'
    const running = async (of: readonly string[]) => {
      const { cancelRunning } = await import('./cancel-running.js')
      return cancelRunning(broker, of, { reason, waitMs, signal: interrupt.signal })
    }
    try {
      return await changeJobs(broker, { ...task, does: { change, done: 'cancelled', whenRunning, running } }, terminal)
    } finally {
      interrupt.stop()
    }
  },
})
