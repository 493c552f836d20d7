import { RuleError } from '../core/errors.js'
import { fromHere } from '../rule/import-module.js'

/** What people call standard input, in place of the temporary file that holds it. */
const NAME = 'standard input'

/** Puts `standard input` in the place of its temporary file, wherever messages name that. */
export class InputName {
  readonly #paths: readonly string[]

  /** @param path null: nothing was kept, and all texts stay as they are. */
  constructor(path: string | null) {
    this.#paths = path === null ? [] : [path, fromHere(path)]
  }

  in(text: string): string {
    return this.#paths.reduce((said, path) => said.replaceAll(path, NAME), text)
  }

  /** The same error, with its message put right. */
  inError(error: unknown): unknown {
    if (!(error instanceof RuleError) || this.in(error.message) === error.message) return error
    return new RuleError(error.code, this.in(error.message), {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    })
  }
}
