import { type ErrorDetails, HobError } from '../../core/errors.js'
import type { Output } from './output.js'

/** One command to run. */
export interface Command {
  /** Absolute path of the executable, as `resolveCommand` answers it. */
  readonly file: string
  /** The argument vector, the name of the command not included. Never read by a shell; any text but NUL. */
  readonly args: readonly string[]
  /** Added to the waiter's own environment. Names that begin with `HOB_` cost nothing, others one more `exec`. */
  readonly env: Readonly<Record<string, string>>
  /** Text on its standard input; absent: `/dev/null`. */
  readonly stdin?: string
  /** Keeps its output as the files `stdout` and `stderr` there; the folder is made. Absent: see {@link Output}. */
  readonly outputFolder?: string
  /** 1 or more: it is terminated after so long. Absent: it may take for ever. */
  readonly timeoutMs?: number
}

/** How a command ended. Exactly one of `exitCode` and `signal` is not null. */
export interface Ended {
  readonly exitCode: number | null
  /** The signal that ended it, like `SIGTERM`. */
  readonly signal: string | null
  /** Milliseconds since 1970 on this machine's clock. */
  readonly startedMs: number
  readonly ranMs: number
  /** Why: by itself, because its time was up, or because we were asked to end it. */
  readonly end: End
  readonly stdout: Output
  readonly stderr: Output
}

/** Why a command ended. */
export type End = 'exited' | 'timeout' | 'killed'

/**
 * Why a command was not run to its end.
 *
 * - `not-found`: there is no such command; a shell would answer 127
 * - `not-executable`: it is there but cannot be executed; a shell would answer 126
 * - `too-long`: an argument, or all of them together, are longer than this system takes
 * - `output`: its output cannot be kept; it did not begin
 * - `lane`: no shell could be started to run it, or the shell broke; whether it began is unknown
 * - `stopped`: the crew was stopped before it began
 */
export type CommandErrorCode = 'not-found' | 'not-executable' | 'too-long' | 'output' | 'lane' | 'stopped'

/** A command was not run to its end; `code` says why. */
export class CommandError extends HobError {
  readonly code: CommandErrorCode

  constructor(code: CommandErrorCode, message: string, details?: ErrorDetails) {
    super(message, details)
    this.code = code
  }
}
