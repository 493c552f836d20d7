import { existsSync } from 'node:fs'
import { singleQuote } from '../shell-quote.js'
import { Capture } from './capture.js'
import { CommandError } from './command.js'
import type { OutputSink, Outputs } from './output-sink.js'
import type { Shell } from './shell.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** How long a command runs before we begin to read what it writes: most are gone by then, and spare us the trouble. */
const PUMP_AFTER_MS = 5

/** Whether the temporary folder is still there is worth a look only after a rest. */
const REST_MS = 1_000

/** The two pipes through which a lane takes what its commands write. */
export class Captures implements OutputSink {
  readonly #stdout: Capture
  readonly #stderr: Capture
  readonly stdoutPath: string
  readonly stderrPath: string
  #pumpTimer: NodeJS.Timeout | undefined
  #isFree = true
  #endedMs: number = performance.now()

  /** @throws CommandError `output` when the pipes cannot be made. */
  static async make(shell: Shell, folder: TemporaryFolder): Promise<Captures> {
    const [stdout, stderr] = [folder.newPath(), folder.newPath()]
    const words = `mkfifo ${singleQuote(stdout)} ${singleQuote(stderr)}`
    // -p: from where POSIX keeps its own utilities, whatever PATH says. Not all systems know such a place.
    const { status, said } = await shell.run(`command -p ${words} </dev/null || ${words} </dev/null`)
    if (status === 0) return new Captures(new Capture(stdout, folder), new Capture(stderr, folder))
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

  /** False when a command uses them, or left something behind that still writes, or the temporary folder was swept away. */
  get isUsable(): boolean {
    return this.#isFree && (performance.now() - this.#endedMs < REST_MS || existsSync(this.stdoutPath))
  }

  prepare(): void {
    this.#isFree = false
  }

  begin(): void {
    this.#pumpTimer = setTimeout(() => {
      const pumps = [this.#stdout.pump(), this.#stderr.pump()]
      if (pumps.includes(false)) this.begin()
    }, PUMP_AFTER_MS)
  }

  end(): Outputs {
    clearTimeout(this.#pumpTimer)
    const stdout = this.#stdout.take()
    const stderr = this.#stderr.take()
    this.#isFree = stdout.isFree && stderr.isFree
    this.#endedMs = performance.now()
    return { stdout: stdout.output, stderr: stderr.output }
  }

  /** Used no more. */
  release(): void {
    this.#stdout.release()
    this.#stderr.release()
  }
}
