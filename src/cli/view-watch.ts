import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT_INTERRUPTED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import type { Paint } from './print/colour.js'
import { LiveScreen } from './print/live-screen.js'
import type { Terminal } from './terminal.js'

const EVERY_MS = 500

/** What to show again and again, and for whom. */
export interface Watched<View> {
  /** Looks anew. */
  readonly look: () => Promise<View>
  /** A view for people. */
  readonly tell: (view: View, paint: Paint) => readonly string[]
  /** For programs: one document a line. */
  readonly json: boolean
}

/** Shows a view again and again until Ctrl-C, which is how one stops watching, and so no failure. */
export async function watchView<View>({ look, tell, json }: Watched<View>, { out }: Terminal): Promise<number> {
  const interrupt = listenForInterrupt()
  const screen = new LiveScreen(out)
  while (!interrupt.signal.aborted) {
    const view = await look()
    if (json) out.line(JSON.stringify(view))
    else screen.draw(tell(view, out.paint))
    // Rejects when the signal aborts, which is what ends the loop.
    await sleep(EVERY_MS, undefined, { signal: interrupt.signal }).catch(() => {})
  }
  return interrupt.status() === EXIT_INTERRUPTED ? EXIT_OK : interrupt.status()
}
