/** What to do about errors that no job caught. */
export interface StragglerOptions {
  readonly say: (text: string) => void
  /** Takes no more jobs; what runs may end. */
  readonly stop: () => void
}

/**
 * Errors of a handler that come when nobody waits for them. A promise that is rejected and caught by nobody is told, and work goes
 * on: its job has its outcome, and the others have no part in it. An exception that nobody caught is told, and ends the work: Node
 * says that the process is then in a state that nobody knows (`process.on('uncaughtException')`).
 */
export class Stragglers {
  readonly #options: StragglerOptions
  #hasFailed = false

  constructor(options: StragglerOptions) {
    this.#options = options
  }

  /** Whether an exception ended the work. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  start(): void {
    process.on('unhandledRejection', this.#onRejection)
    process.on('uncaughtException', this.#onException)
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.#onRejection)
    process.off('uncaughtException', this.#onException)
  }

  readonly #onRejection = (error: unknown): void => {
    this.#options.say(`a promise was rejected and nobody caught it: ${tellStraggler(error)}; work goes on`)
  }

  readonly #onException = (error: unknown): void => {
    this.#hasFailed = true
    this.#options.say(`nobody caught an exception: ${tellStraggler(error)}; no more jobs are taken, what runs may end`)
    this.#options.stop()
  }
}

/** What an error says that nobody caught, and the first place of its stack. */
export function tellStraggler(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = /\n\s+(at .*)/.exec(error.stack ?? '')?.[1]
  return `${error.name}: ${error.message.replaceAll('\n', ' ')}${place === undefined ? '' : ` (${place})`}`
}
