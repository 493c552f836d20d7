import { setTimeout as sleep } from 'node:timers/promises'
import { HobError } from '../core/errors.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_INTERRUPTED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import { listenForKeys } from './keys.js'
import { durationWithin, optionWith } from './option.js'
import { FullScreen } from './print/full-screen.js'
import type { Terminal } from './terminal.js'
import { topLines } from './top-lines.js'
import { TopLooker, type TopView } from './top-view.js'

/** `hob top`. */
export const top: Command = defineCommand({
  args: [],
  options: {
    everyMs: optionWith('--every <time>', 'Look so often; 100ms to 24h.', {
      // More often would load the kitchen for what no eye can follow.
      ...durationWithin('100ms', '24h'),
      initial: 1_000,
    }),
  },
  examples: [
    { line: 'hob top', says: 'A live screen: queues, rates, latencies, and who works.' },
    { line: 'hob top --json', says: 'One look for a script; durations are milliseconds.' },
  ],
  notes: 'Keys: q ends it, space holds it still. Where there is no terminal it prints one frame.',
  async run({ options: { everyMs }, globals: { json }, terminal, openBroker }) {
    const looker = new TopLooker(await openBroker({ create: false }))
    const { out } = terminal
    if (!json && out.isTerminal) return show(looker, { everyMs, terminal })
    const view = await looker.look()
    if (json) out.json(view)
    else
      for (const line of topLines(view, { paint: out.paint, height: Number.POSITIVE_INFINITY, notice: '' }))
        out.line(line)
    return EXIT_OK
  },
})

async function show(
  looker: TopLooker,
  { everyMs, terminal }: { everyMs: number; terminal: Terminal },
): Promise<number> {
  const { input, out } = terminal
  const interrupt = listenForInterrupt()
  const screen = new FullScreen(out)
  const quit = new AbortController()
  const ended = AbortSignal.any([interrupt.signal, quit.signal])
  let isHeld = false
  let view: TopView | undefined
  let trouble = ''
  const draw = () => {
    const notice = isHeld ? out.paint.yellow('held; space goes on') : out.paint.red(trouble)
    if (view !== undefined) screen.draw(topLines(view, { paint: out.paint, height: screen.height, notice }))
  }
  const endKeys = listenForKeys(input, (key) => {
    if (key === 'q' || key === 'Q' || key === CTRL_C) quit.abort()
    if (key !== ' ') return
    isHeld = !isHeld
    draw()
  })
  try {
    while (!ended.aborted) {
      if (!isHeld) {
        // A kitchen that cannot be used from the start is told as by every command; one that goes away may come back.
        view = await looker.look(screen.height).catch((error: unknown) => {
          if (view === undefined || !(error instanceof HobError)) throw error
          trouble = error.message
          return view
        })
        draw()
        trouble = ''
      }
      // Rejects when the signal aborts, which is what ends the loop.
      await sleep(everyMs, undefined, { signal: ended }).catch(() => {})
    }
  } finally {
    endKeys()
    screen.leave()
    interrupt.stop()
  }
  return interrupt.signal.aborted && interrupt.status() !== EXIT_INTERRUPTED ? interrupt.status() : EXIT_OK
}

const CTRL_C = '\u0003'
