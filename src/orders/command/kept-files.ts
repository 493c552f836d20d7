import { mkdirSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from './command.js'
import { Output } from './output.js'
import type { OutputSink, Outputs } from './output-sink.js'

/** Output that is kept as two files of a folder. The command writes them itself, so a full disk is its own failure. */
export class KeptFiles implements OutputSink {
  readonly stdoutPath: string
  readonly stderrPath: string
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = resolve(folder)
    this.stdoutPath = `${this.#folder}/stdout`
    this.stderrPath = `${this.#folder}/stderr`
  }

  /** @throws CommandError `output` when the folder cannot be made. */
  prepare(): void {
    try {
      mkdirSync(this.#folder, { recursive: true })
      // New files, not the old ones cut short: what an earlier attempt left running may still write into those.
      rmSync(this.stdoutPath, { force: true })
      rmSync(this.stderrPath, { force: true })
    } catch (cause) {
      throw new CommandError('output', `cannot keep output in ${this.#folder}`, { cause })
    }
  }

  pump(): boolean {
    return true
  }

  end(): Outputs | undefined {
    const stdout = keptOutput(this.stdoutPath)
    const stderr = keptOutput(this.stderrPath)
    return stdout && stderr && { stdout, stderr }
  }
}

function keptOutput(path: string): Output | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  return size === undefined ? undefined : new Output({ path, isKept: true }, size)
}
