import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'

/** Why a process ends while a command is not over: somebody's code asked for it, or nothing is left that could go on. */
export type SuddenEnd = 'asked' | 'idle'

/** Tells an end of the process that comes before the command's own, and makes sure that its status is not that of a success. */
export class ExitWatch {
  readonly #tell: (why: SuddenEnd) => void
  #why: SuddenEnd = 'asked'

  /** @param tell Says it; the process ends right after. */
  constructor(tell: (why: SuddenEnd) => void) {
    this.#tell = tell
  }

  /** Listens from now on. */
  start(): void {
    process.on('beforeExit', this.#onIdle)
    process.on('exit', this.#onExit)
  }

  /** The command is over: an end of the process is as it should be. */
  [Symbol.dispose](): void {
    process.off('beforeExit', this.#onIdle)
    process.off('exit', this.#onExit)
  }

  readonly #onIdle = (): void => {
    this.#why = 'idle'
  }

  readonly #onExit = (status: number): void => {
    this.#tell(this.#why)
    if (status === EXIT_OK) process.exitCode = EXIT_FAILED
  }
}
