import { changePolicy } from '../queue/policies.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { didYouMean } from './did-you-mean.js'
import { EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { changesOf, POLICY_OPTION_NAMES, type PolicyOption, type PolicyValues } from './policy-options.js'
import { printPolicy } from './queue-policy.js'

/** `hob queue unset`. */
export const queueUnset: Command = defineCommand({
  args: [
    { syntax: '<queue>', summary: 'The queue.' },
    { syntax: '[option...]', summary: `Some of ${POLICY_OPTION_NAMES.join(', ')}.`, completes: POLICY_OPTION_NAMES },
  ],
  options: { all: flag('--all', 'Everything that was set.') },
  examples: [{ line: 'hob queue unset mail keep-done attempts', says: 'Its workers say these again.' }],
  async run({ args: [queue = '', ...words], options: { all }, globals: { json }, terminal, openBroker }) {
    if (all === words.length > 0) {
      throw new CliError('usage', all ? 'either options or --all, not both' : 'nothing is to be unset', {
        hint: `Name some of ${POLICY_OPTION_NAMES.join(', ')}, or give --all.`,
      })
    }
    const names = all ? POLICY_OPTION_NAMES : words.map(optionNamed)
    const values: PolicyValues = Object.fromEntries(names.map((name) => [name, null]))
    const policy = await changePolicy(await openBroker({ create: false }), queue, changesOf(values))
    printPolicy({ queue, policy, json }, terminal)
    return EXIT_OK
  },
})

function optionNamed(text: string): PolicyOption {
  const found = POLICY_OPTION_NAMES.find((name) => name === text)
  if (found !== undefined) return found
  throw new CliError('usage', `'${text}' is nothing that can be set`, {
    hint: `${didYouMean(text, POLICY_OPTION_NAMES)}There are ${POLICY_OPTION_NAMES.join(', ')}.`,
  })
}
