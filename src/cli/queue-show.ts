import { readPolicy } from '../queue/policies.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { policyJson } from './policy-words.js'
import { visible } from './print/visible.js'
import { policyLines } from './queue-policy.js'
import { queueNamed, tellCounts } from './queues.js'

/** `hob queue show`. */
export const queueShow: Command = defineCommand({
  args: [{ syntax: '<queue>', summary: 'The queue.' }],
  options: {},
  examples: [{ line: 'hob queue show mail', says: 'What it has, whether it is paused, and what was set.' }],
  async run({ args: [queue = ''], globals: { json }, terminal: { out }, openBroker }) {
    const broker = await openBroker({ create: false })
    const policy = await readPolicy(broker, queue)
    // What was set before its first job is there to be shown, too.
    const summary =
      Object.keys(policy).length > 0
        ? (await broker.queues()).find((each) => each.queue === queue)
        : await queueNamed(broker, queue)
    if (json) {
      out.json({
        queue,
        counts: summary?.counts ?? null,
        isPaused: summary?.isPaused ?? false,
        policy: policyJson(policy),
      })
      return EXIT_OK
    }
    const counts = summary === undefined ? '' : tellCounts(summary)
    const said = [counts === '' ? 'no jobs' : counts, ...(summary?.isPaused ? ['paused'] : [])]
    out.line(`${visible(queue)}: ${said.join('; ')}`)
    for (const line of policyLines(queue, policy)) out.line(line)
    return EXIT_OK
  },
})
