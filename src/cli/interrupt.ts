import { EXIT_INTERRUPTED, EXIT_TERMINATED } from './exit-codes.js'

/** An ear for Ctrl-C and SIGTERM, for a command that has something to finish before it ends. */
export interface Interrupt {
  /** Aborts at the first of them. */
  readonly signal: AbortSignal
  /** The status to exit with, once one has come. */
  status(): number
  /** Stops listening; the process then ends at the next one as it does by default. */
  stop(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Lets both end the process as they do by default, while nothing is there yet that it would leave behind: also when code of the user's
 * lets nobody hear them.
 */
export async function endingAtOnce<T>(work: () => Promise<T>): Promise<T> {
  const ears = SIGNALS.flatMap((signal) => process.listeners(signal).map((ear) => ({ signal, ear })))
  for (const { signal, ear } of ears) process.off(signal, ear)
  try {
    return await work()
  } finally {
    for (const { signal, ear } of ears) process.on(signal, ear)
  }
}

/** Listens from now on. Only the first is heard: the next one ends the process, should finishing hang. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController()
  let status = EXIT_INTERRUPTED
  const interrupted = () => end(EXIT_INTERRUPTED)
  const terminated = () => end(EXIT_TERMINATED)
  function stop(): void {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', terminated)
  }
  function end(withStatus: number): void {
    status = withStatus
    stop()
    controller.abort()
  }
  process.on('SIGINT', interrupted)
  process.on('SIGTERM', terminated)
  return { signal: controller.signal, status: () => status, stop }
}
