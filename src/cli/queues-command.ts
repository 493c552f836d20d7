import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { queueJson, queueLines, viewQueues } from './queue-view.js'

/** `hob queues`. */
export const queues: Command = defineCommand({
  args: [],
  options: { watch: flag('-w, --watch', 'Show them again twice a second, until Ctrl-C.') },
  examples: [
    { line: 'hob queues', says: 'All queues: what waits, runs and ended, how fast, and what was set.' },
    { line: "hob queues --json | jq '.[] | select(.isPaused).queue'", says: 'Those that are paused, for a script.' },
  ],
  async run({ options, globals: { json }, terminal, openBroker }) {
    const broker = await openBroker({ create: false })
    const look = () => viewQueues(broker)
    if (options.watch) {
      const { watchView } = await import('./view-watch.js')
      return json
        ? watchView({ look: async () => (await look()).map(queueJson), tell: () => [], json }, terminal)
        : watchView({ look, tell: queueLines, json }, terminal)
    }
    const views = await look()
    if (json) terminal.out.json(views.map(queueJson))
    else for (const line of queueLines(views, terminal.out.paint)) terminal.out.line(line)
    return EXIT_OK
  },
})
