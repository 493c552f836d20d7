import type { Readable } from 'node:stream'
import { Output } from './print/output.js'

/** Where a command reads and prints; a value, so that tests can hold the other end. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean; readonly fd?: number }
  /** Results. */
  readonly out: Output
  /** Errors, questions and progress: what must not end up in a file of results. */
  readonly err: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /**
   * Says that the command itself ends when `out` or `err` can no longer be written; `handle` may be called again for
   * each thing that is written then. Unless a command says so, the process ends when `out` is lost, and goes on
   * without `err`: nothing that was asked for is missing then.
   */
  onLost(handle: LossHandler): void
  /**
   * Once the command is over, the process ends after so long at the latest, also when something that a module of the user's left open
   * would hold it. Absent where the process is not ours to end.
   */
  endProcess?(afterMs: number): void
}

/** What to do when a stream can no longer be written; EPIPE: whoever read it has gone. */
export type LossHandler = (error: NodeJS.ErrnoException) => void

/**
 * The terminal of this process. Node makes each stream when it is first asked for, a millisecond or two each: so does this.
 *
 * @param onLoss What happens when `out` is lost and no command has said that it handles it.
 * @param endProcess What `endProcess` of the terminal does.
 */
export function processTerminal(onLoss: LossHandler, endProcess: (afterMs: number) => void): Terminal {
  let err: Output | undefined
  let handle: LossHandler | undefined
  process.stdout.on('error', (error) => (handle ?? onLoss)(error))
  return {
    get input() {
      return process.stdin
    },
    out: new Output(process.stdout, process.env),
    get err() {
      if (err === undefined) {
        process.stderr.on('error', (error) => handle?.(error))
        err = new Output(process.stderr, process.env)
      }
      return err
    },
    env: process.env,
    onLost(by) {
      handle = by
    },
    endProcess,
  }
}
