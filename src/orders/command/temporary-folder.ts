import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from './command.js'

/** A private folder for what commands print and are given, and names in it that were never used before. */
export class TemporaryFolder {
  /** It cannot be guessed. */
  readonly path: string = join(tmpdir(), `hob-${randomUUID()}`)
  #sequence = 0

  /**
   * Makes it unless it is there: some systems sweep away what lay unused for days.
   *
   * @throws CommandError `output` when it cannot be made.
   */
  make(): void {
    if (existsSync(this.path)) return
    try {
      mkdirSync(this.path, { mode: 0o700 })
    } catch (cause) {
      throw new CommandError('output', `cannot make the temporary folder ${this.path}`, {
        hint: 'Name a folder that can be written to in TMPDIR.',
        cause,
      })
    }
  }

  /** The path of a file that is not there yet. */
  newPath(): string {
    this.#sequence += 1
    return `${this.path}/${this.#sequence}`
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
