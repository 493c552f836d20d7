import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from '../broker/broker.js'
import { EXIT_INTERRUPTED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import { LiveScreen } from './print/live-screen.js'
import { statusLines } from './status-lines.js'
import { viewStatus } from './status-view.js'
import type { Terminal } from './terminal.js'

const EVERY_MS = 500

/** What to watch, and for whom. */
export interface Watched {
  readonly queue: string | undefined
  readonly json: boolean
}

/**
 * Shows the status again and again until Ctrl-C, which is how one stops watching, and so no failure.
 * With `json`, one document a line.
 */
export async function watchStatus(broker: Broker, { queue, json }: Watched, { out }: Terminal): Promise<number> {
  const interrupt = listenForInterrupt()
  const screen = new LiveScreen(out)
  while (!interrupt.signal.aborted) {
    const view = await viewStatus(broker, queue)
    if (json) out.line(JSON.stringify(view))
    else screen.draw(statusLines(view, out.paint))
    // Rejects when the signal aborts, which is what ends the loop.
    await sleep(EVERY_MS, undefined, { signal: interrupt.signal }).catch(() => {})
  }
  return interrupt.status() === EXIT_INTERRUPTED ? EXIT_OK : interrupt.status()
}
