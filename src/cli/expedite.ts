import { attemptsNumber } from './attempts-number.js'
import { type Command, defineCommand } from './command.js'
import { oneOf, option, word } from './option.js'
import { lineNumber, sendJobs } from './send-jobs.js'

/** `hob expedite`. */
export const expedite: Command = defineCommand({
  args: [
    { syntax: '<queue>', summary: 'The queue; it comes into being with its first job.' },
    { syntax: '[json...]', summary: 'Payloads, a job each; none, or -: lines of JSON from standard input.' },
  ],
  options: {
    key: option(
      '-K, --key <key>',
      'At most one job of the queue has it; sent again, the job that holds it is told.',
      word,
    ),
    keyScope: option(
      '--key-scope <scope>',
      'How long a key is held: live (until the job ends), or kept.',
      oneOf(['live', 'kept']),
    ),
    attemptsMax: option('--attempts <n>', 'How often it may be tried, whatever its worker says.', attemptsNumber),
    fromLine: option('--from-line <n>', 'Pass over lines of standard input before this one.', lineNumber),
  },
  examples: [{ line: `hob expedite mail '{"to":"the boss"}'`, says: 'Before everything that waits.' }],
  notes: 'Each goes before what was expedited before it: of several, the last is taken first.',
  async run(invocation) {
    const {
      args: [queue = '', ...texts],
      options: { key, keyScope, attemptsMax, fromLine },
    } = invocation
    const settings = {
      queue,
      expedite: true as const,
      ...(key !== undefined && { key }),
      ...(keyScope !== undefined && { keyScope }),
      ...(attemptsMax !== undefined && { attemptsMax }),
    }
    return sendJobs({ settings, texts, fromLine }, invocation)
  },
})
