import type { Ended } from './command.js'

/** What a command wrote on its two streams. */
export type Outputs = Pick<Ended, 'stdout' | 'stderr'>

/** Where the output of one command goes. */
export interface OutputSink {
  /** What the shell opens for writing. */
  readonly stdoutPath: string
  readonly stderrPath: string
  /** Just before the shell is given the command. */
  prepare(): void
  /** The command has run for a while. Returns false when this is to be called again soon. */
  pump(): boolean
  /** Just after it ended, or came to nothing. undefined: it never began, because the shell could not open these. */
  end(): Outputs | undefined
}
