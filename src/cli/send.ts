import { PRIORITY_MAX } from '../core/limits.js'
import { attemptsNumber } from './attempts-number.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { momentMs } from './moment.js'
import { durationMs, type OptionTable, type OptionValues, oneOf, option, wholeNumber, word } from './option.js'
import { lineNumber, type SendSettings, sendJobs } from './send-jobs.js'

const OPTIONS = {
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
  priority: option(
    '-p, --priority <n>',
    'Higher is taken first; 0 is usual.',
    wholeNumber({ min: -PRIORITY_MAX, max: PRIORITY_MAX }),
  ),
  delayMs: option('--delay <time>', 'It may be taken no earlier than in 5s, 30m, 2h …', durationMs),
  atMs: option('--at <moment>', 'It may be taken no earlier than then: 2030-01-31T18:00, here, or …Z.', momentMs),
  attemptsMax: option('--attempts <n>', 'How often it may be tried, whatever its worker says.', attemptsNumber),
  fromLine: option('--from-line <n>', 'Pass over lines of standard input before this one.', lineNumber),
} as const satisfies OptionTable

/** `hob send`. */
export const send: Command = defineCommand({
  args: [
    { syntax: '<queue>', summary: 'The queue; it comes into being with its first job.' },
    { syntax: '[json...]', summary: 'Payloads, a job each; none, or -: lines of JSON from standard input.' },
  ],
  options: OPTIONS,
  examples: [
    { line: `hob send mail '{"to":"ada@example.org"}'`, says: 'One job; its id is printed.' },
    {
      line: `hob send mail '{"to":"ada"}' --key 'welcome ada' --delay 5m`,
      says: 'Once, however often it is sent, and not yet.',
    },
    { line: 'jq -c .users[] users.json | hob send mail', says: 'A job for each line, in constant memory.' },
  ],
  async run(invocation) {
    const {
      args: [queue = '', ...texts],
      options,
    } = invocation
    if (options.delayMs !== undefined && options.atMs !== undefined) {
      throw new CliError('usage', '--delay and --at exclude each other')
    }
    if (options.keyScope !== undefined && options.key === undefined) {
      throw new CliError('usage', '--key-scope goes with --key')
    }
    const { fromLine, atMs, ...given } = options
    return sendJobs({ settings: settingsOf(queue, given), atMs, texts, fromLine }, invocation)
  },
})

type Given = Omit<OptionValues<typeof OPTIONS>, 'fromLine' | 'atMs'>

/** Only what was given: an absent option is the broker's to decide. */
function settingsOf(queue: string, { key, keyScope, priority, delayMs, attemptsMax }: Given): SendSettings {
  return {
    queue,
    ...(key !== undefined && { key }),
    ...(keyScope !== undefined && { keyScope }),
    ...(priority !== undefined && { priority }),
    ...(delayMs !== undefined && { delayMs }),
    ...(attemptsMax !== undefined && { attemptsMax }),
  }
}
