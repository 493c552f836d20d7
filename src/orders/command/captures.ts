import { existsSync } from 'node:fs'
import { singleQuote } from '../shell-quote.js'
import { Capture } from './capture.js'
import { CommandError } from './command.js'
import type { OutputSink, Outputs } from './output-sink.js'
import type { Shell } from './shell.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** Two pipes through which a lane takes what its commands write. */
export class Captures implements OutputSink {
  readonly #stdout: Capture
  readonly #stderr: Capture
  readonly stdoutPath: string
  readonly stderrPath: string
  #isFree = true

  /**
   * Makes `count` pairs of pipes.
   *
   * @throws CommandError `output` when they cannot be made.
   */
  static async make(shell: Shell, folder: TemporaryFolder, count: number): Promise<readonly Captures[]> {
    const pairs = Array.from({ length: count }, () => [folder.newPath(), folder.newPath()] as const)
    const words = `mkfifo ${pairs.flat().map(singleQuote).join(' ')}`
    // -p: from where POSIX keeps its own utilities, whatever PATH says. Not all systems know such a place.
    const { status, said } = await shell.run(`command -p ${words} </dev/null || ${words} </dev/null`)
    if (status === 0)
      return pairs.map(([stdout, stderr]) => new Captures(new Capture(stdout, folder), new Capture(stderr, folder)))
    throw new CommandError('output', `cannot make named pipes in ${folder.path}: ${said}`, {
      hint: 'Name a folder on a local disk in TMPDIR.',
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
