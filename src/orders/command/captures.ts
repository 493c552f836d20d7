import { existsSync, rmSync } from 'node:fs'
import { Capture } from './capture.js'
import type { OutputSink, Outputs } from './output-sink.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** Two pipes through which a lane takes what its commands write. */
export class Captures implements OutputSink {
  readonly #stdout: Capture
  readonly #stderr: Capture
  readonly stdoutPath: string
  readonly stderrPath: string
  #isFree = true

  /**
   * One pair of every two of these named pipes.
   *
   * @throws CommandError `output` when not all can be opened; those that were are released.
   */
  static of(paths: readonly string[], folder: TemporaryFolder): readonly Captures[] {
    const captures: Capture[] = []
    try {
      for (const path of paths) captures.push(new Capture(path, folder))
    } catch (error) {
      for (const capture of captures) capture.release()
      for (const path of paths) rmSync(path, { force: true })
      throw error
    }
    return captures.flatMap((stdout, at) => {
      const stderr = captures[at + 1]
      return at % 2 === 1 || stderr === undefined ? [] : [new Captures(stdout, stderr)]
    })
  }

  private constructor(stdout: Capture, stderr: Capture) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.stdoutPath = stdout.path
    this.stderrPath = stderr.path
  }

  /** False while a command uses them, and when one left something behind that may still write. */
  get isFree(): boolean {
    return this.#isFree
  }

  /** False when the temporary folder was swept away. */
  isThere(): boolean {
    return existsSync(this.stdoutPath)
  }

  prepare(): void {
    this.#isFree = false
  }

  pump(): boolean {
    return [this.#stdout.pump(), this.#stderr.pump()].every((goesOn) => goesOn)
  }

  end(): Outputs {
    const stdout = this.#stdout.take()
    const stderr = this.#stderr.take()
    this.#isFree = stdout.isFree && stderr.isFree
    return { stdout: stdout.output, stderr: stderr.output }
  }

  /** Used no more. */
  release(): void {
    this.#stdout.release()
    this.#stderr.release()
  }
}
