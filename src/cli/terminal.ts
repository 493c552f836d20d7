import type { Readable } from 'node:stream'
import { Output } from './print/output.js'

/** Where a command reads and prints; a value, so that tests can hold the other end. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean }
  /** Results. */
  readonly out: Output
  /** Errors, questions and progress: what must not end up in a file of results. */
  readonly err: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The terminal of this process. Node makes each stream when it is first asked for, a millisecond or two each: so does this. */
export function processTerminal(): Terminal {
  let err: Output | undefined
  return {
    get input() {
      return process.stdin
    },
    out: new Output(process.stdout, process.env),
    get err() {
      err ??= new Output(process.stderr, process.env)
      return err
    },
    env: process.env,
  }
}
