import { type Command, defineCommand } from './command.js'
import { SEND_ARGUMENTS, SEND_OPTIONS, sendJobs, settingsOf } from './send-jobs.js'

/** `hob expedite`. */
export const expedite: Command = defineCommand({
  args: SEND_ARGUMENTS,
  options: SEND_OPTIONS,
  examples: [{ line: `hob expedite mail '{"to":"the boss"}'`, says: 'Before everything that waits.' }],
  notes: 'Each goes before what was expedited before it: of several, the last is taken first.',
  async run(invocation) {
    const {
      args: [queue = '', ...texts],
      options,
    } = invocation
    const settings = { ...settingsOf(queue, options), expedite: true as const }
    return sendJobs({ settings, texts, fromLine: options.fromLine }, invocation)
  },
})
