import { changePolicy } from '../queue/policies.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { changesOf, POLICY_OPTION_NAMES, POLICY_OPTIONS } from './policy-options.js'
import { checkQueueIsThere, printPolicy } from './queue-policy.js'

/** `hob queue set`. */
export const queueSet: Command = defineCommand({
  args: [{ syntax: '<queue>', summary: 'The queue.' }],
  options: { ...POLICY_OPTIONS, isNew: flag('--new', 'Also for a queue that never had a job.') },
  examples: [
    { line: 'hob queue set mail --keep-done 7d --keep-done-max 100000', says: 'History by age, and by number.' },
    { line: 'hob queue set mail --attempts 8 --backoff exponential:5s:1h', says: 'How failures are answered.' },
  ],
  notes:
    'Workers go by it within a second. It goes before what their programs say, and after what the sender of a job said.\n' +
    'What is not given stays as it is; hob queue unset leaves it to the workers again.',
  async run({ args: [queue = ''], options: { isNew, ...values }, globals: { json }, terminal, openBroker }) {
    if (POLICY_OPTION_NAMES.every((name) => values[name] === undefined)) {
      throw new CliError('usage', 'nothing is to be set', {
        hint: `Give some of --${POLICY_OPTION_NAMES.join(', --')}.`,
      })
    }
    const broker = await openBroker({ create: isNew })
    if (!isNew) await checkQueueIsThere(broker, queue)
    const policy = await changePolicy(broker, queue, changesOf(values))
    printPolicy({ queue, policy, json }, terminal)
    return EXIT_OK
  },
})
