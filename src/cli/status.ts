import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from '../broker/broker.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_INTERRUPTED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import { flag, option, word } from './option.js'
import { LiveScreen } from './print/live-screen.js'
import { queueNamed } from './queues.js'
import { statusLines } from './status-lines.js'
import { viewStatus } from './status-view.js'
import type { Terminal } from './terminal.js'

const WATCH_EVERY_MS = 500

interface Shown {
  readonly queue: string | undefined
  readonly json: boolean
}

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
  async run({ options: { queue, watch }, globals: { json }, terminal, openKitchen }) {
    const { broker } = await openKitchen({ create: false })
    if (queue !== undefined) await queueNamed(broker, queue)
    if (watch) return keepLooking(broker, { queue, json }, terminal)
    const view = await viewStatus(broker, queue)
    if (json) terminal.out.json(view)
    else for (const line of statusLines(view, terminal.out.paint)) terminal.out.line(line)
    return EXIT_OK
  },
})

/** Ctrl-C is how one stops watching, so it is no failure. With `json`: one document a line. */
async function keepLooking(broker: Broker, { queue, json }: Shown, { out }: Terminal): Promise<number> {
  const interrupt = listenForInterrupt()
  const screen = new LiveScreen(out)
  while (!interrupt.signal.aborted) {
    const view = await viewStatus(broker, queue)
    if (json) out.line(JSON.stringify(view))
    else screen.draw(statusLines(view, out.paint))
    // Rejects when the signal aborts, which is what ends the loop.
    await sleep(WATCH_EVERY_MS, undefined, { signal: interrupt.signal }).catch(() => {})
  }
  return interrupt.status() === EXIT_INTERRUPTED ? EXIT_OK : interrupt.status()
}
