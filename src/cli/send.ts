import { PRIORITY_MAX } from '../core/limits.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { momentMs } from './moment.js'
import { durationMs, option, wholeNumber } from './option.js'
import { SEND_ARGUMENTS, SEND_OPTIONS, sendJobs, settingsOf } from './send-jobs.js'

const OPTIONS = {
  ...SEND_OPTIONS,
  priority: option(
    '-p, --priority <n>',
    'Higher is taken first; 0 is usual.',
    wholeNumber({ min: -PRIORITY_MAX, max: PRIORITY_MAX }),
  ),
  delayMs: option('--delay <time>', 'It may be taken no earlier than in 5s, 30m, 2h …', durationMs),
  atMs: option('--at <moment>', 'It may be taken no earlier than then: 2030-01-31T18:00, here, or …Z.', momentMs),
}

/** `hob send`. */
export const send: Command = defineCommand({
  args: SEND_ARGUMENTS,
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
    const { fromLine, atMs } = options
    return sendJobs({ settings: settingsOf(queue, options), atMs, texts, fromLine }, invocation)
  },
})
