import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { flag, option, word } from './option.js'
import { queueNamed } from './queues.js'
import { statusLines } from './status-lines.js'
import { viewStatus } from './status-view.js'

/** `hob status`. */
export const status: Command = defineCommand({
  args: [],
  options: {
    queue: option('-q, --queue <name>', 'Only this queue.', word),
    watch: flag('-w, --watch', 'Show it again twice a second, until Ctrl-C.'),
  },
  examples: [
    { line: 'hob status', says: 'One look.' },
    { line: 'hob status --watch', says: 'Keep looking.' },
    { line: "hob status --json | jq '.queues[0].counts'", says: 'For a script; durations are milliseconds.' },
  ],
  async run({ options: { queue, watch }, globals: { json }, terminal, openBroker }) {
    const broker = await openBroker({ create: false })
    if (queue !== undefined) await queueNamed(broker, queue)
    if (watch) {
      // Loaded only now: one look should cost little more than starting Node.
      const { watchView } = await import('./view-watch.js')
      return watchView({ look: () => viewStatus(broker, queue), tell: statusLines, json }, terminal)
    }
    const view = await viewStatus(broker, queue)
    if (json) terminal.out.json(view)
    else for (const line of statusLines(view, terminal.out.paint)) terminal.out.line(line)
    return EXIT_OK
  },
})
