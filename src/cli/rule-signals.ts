import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import { systemReason } from './system-reason.js'
import type { Terminal } from './terminal.js'

/**
 * Does work that leaves nothing behind when it is ended: by Ctrl-C, SIGTERM, or because nobody reads the output any more, as in
 * `hob rule run … | head`, which is no failure.
 *
 * @param work Ends soon after its signal aborts.
 * @returns The exit status.
 */
export async function untilEnded(terminal: Terminal, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const interrupt = listenForInterrupt()
  const lost = new AbortController()
  let lostStatus: number = EXIT_OK
  terminal.onLost((error) => {
    if (lost.signal.aborted) return
    if (error.code !== 'EPIPE') {
      lostStatus = EXIT_FAILED
      terminal.err.line(`hob: cannot write the output: ${systemReason(error)}`)
    }
    lost.abort()
  })
  try {
    const status = await work(AbortSignal.any([interrupt.signal, lost.signal]))
    await terminal.out.flush()
    return lost.signal.aborted ? lostStatus : status
  } catch (error) {
    if (lost.signal.aborted) return lostStatus
    if (!interrupt.signal.aborted) throw error
    terminal.err.line('hob: interrupted: nothing is left of it')
    return interrupt.status()
  } finally {
    interrupt.stop()
  }
}
