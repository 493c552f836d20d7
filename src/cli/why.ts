import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { jobJson } from './job-json.js'
import { lifeStory, ORDER_STORY } from './life-story.js'

/** `hob why`. */
export const why: Command = defineCommand({
  args: [{ syntax: '<id>', summary: 'The id of the order, as hob extract shows it.' }],
  options: {},
  examples: [
    { line: 'hob extract --state error', says: 'Find the ids of orders that failed.' },
    { line: 'hob why 42', says: 'Why did that one fail, and what happens next?' },
  ],
  async run({ args: [id = ''], globals, terminal: { out }, openBroker }) {
    const broker = await openBroker({ create: false })
    const [job, { nowMs }] = await Promise.all([broker.job(id), broker.describe()])
    if (!job) {
      throw new CliError('failed', `there is no order '${id}'`, {
        hint: 'hob extract lists the ids of all orders; an old order may have been dropped from history.',
      })
    }
    if (globals.json) {
      out.json(jobJson(job))
    } else {
      for (const line of lifeStory(job, { nowMs, paint: out.paint, words: ORDER_STORY })) out.line(line)
    }
    return EXIT_OK
  },
})
