import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Writable } from 'node:stream'
import { CommandError, type End } from './command.js'
import { isGroupAlive, signalGroup } from './process-group.js'

/**
 * What the shell does first: its standard output becomes the pipe on which it answers, and it outlives signals that a
 * command sends to its whole group (`kill 0`). A trap, because an ignored signal would be ignored by the commands too.
 */
const PREAMBLE = 'exec >&2; trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM'

/** SIGINT and SIGPIPE end a command without a word from the shell. */
const SILENT_STATUSES: readonly number[] = [128 + 2, 128 + 13]

/** How often to look whether all of a group has ended, while its grace lasts. */
const GROUP_LOOK_MS = 25

/** How one script ended. */
export interface ScriptEnd {
  /** False when the shell was dead before it was given the script. */
  readonly hasBegun: boolean
  /** As a shell gives it: 128 and the signal's number when `isSignal`. */
  readonly status: number
  readonly isSignal: boolean
  readonly end: End
  /** What the shell itself said meanwhile. */
  readonly said: string
}

interface Running {
  end: End
  readonly resolve: (end: ScriptEnd) => void
  readonly reject: (error: CommandError) => void
}

/**
 * A small persistent shell that runs one script after another, each with one command as its child.
 *
 * Node forks itself to start a process, which takes 1 ms and, once it has grown to 600 MB, 10 ms of a blocked event loop
 * (measured on Linux 6, 2 cores). A shell of 1 MB forks in a tenth of a millisecond.
 *
 * The shell leads a session and process group of its own: a terminal's Ctrl-C does not reach it, and one signal to the
 * group reaches the command with all its children. It reads plain scripts from its standard input; there is no loop and no
 * `eval`. It answers each with a line that begins with a secret word, so nothing it prints otherwise can be taken for one.
 */
export class Shell {
  /** Resolves when the shell has ended, and its group with it if it was retired. */
  readonly gone: Promise<void>
  readonly pid: number
  readonly #child: ChildProcess
  readonly #input: Writable
  readonly #word: string
  #running: Running | undefined
  #said = ''
  #isClosing = false
  #isDeaf = false
  #hasLeft = false
  #groupGone: Promise<void> | undefined

  /** @throws CommandError `lane` when the shell cannot be started. */
  static async start(file: string): Promise<Shell> {
    const child = spawn(file, [], { detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
    const { pid, stdin, stderr } = child
    if (pid === undefined) {
      const cause = await new Promise((resolve) => child.once('error', resolve))
      throw new CommandError('lane', `cannot start ${file}, which runs the commands`, { cause })
    }
    const shell = new Shell(child, pid, stdin)
    stderr.setEncoding('latin1')
    stderr.on('data', (text: string) => shell.#hear(text))
    const { hasBegun, status } = await shell.run(PREAMBLE)
    if (hasBegun && status === 0) return shell
    throw new CommandError('lane', `${file}, which should run the commands, is no shell`)
  }

  private constructor(child: ChildProcess, pid: number, input: Writable) {
    this.#child = child
    this.#input = input
    this.pid = pid
    this.#word = `@${randomBytes(6).toString('hex')} `
    // A write fails only when the shell has ended before, and `close` follows.
    input.on('error', () => {
      this.#isDeaf = true
    })
    child.on('exit', () => this.#killOrphans())
    this.gone = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#leave(code, signal)
        resolve(this.#groupGone)
      })
    })
  }

  /** False once it takes no more scripts. */
  get isOpen(): boolean {
    return !this.#isClosing && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /**
   * Runs one complete shell command, of one or more lines. One at a time.
   *
   * @throws CommandError `lane` when the shell ended by itself meanwhile (when it was killed, so was the command);
   *   `stopped` when it takes no more scripts.
   */
  run(script: string): Promise<ScriptEnd> {
    if (this.#isClosing) return Promise.reject(new CommandError('stopped', 'stopped before the command began'))
    if (this.#hasLeft) return Promise.resolve(notBegun('exited'))
    return new Promise((resolve, reject) => {
      this.#said = ''
      this.#running = { end: 'exited', resolve, reject }
      this.#input.write(`${script}\necho ${this.#word}$?\n`)
    })
  }

  /**
   * Ends what runs, for this reason: TERM to the whole group, and KILL to what is left of it after the grace.
   * The shell takes no more scripts. Safe twice: the first reason and the first grace stand.
   */
  retire(end: End, graceMs: number): void {
    if (this.#isClosing) return
    if (this.#running) this.#running.end = end
    signalGroup(this.pid, 'SIGTERM')
    // A stopped process acts on TERM only once it is continued.
    signalGroup(this.pid, 'SIGCONT')
    this.#groupGone = groupGone(this.pid, graceMs)
    this.close()
  }

  /** Lets the shell end once it has nothing to do. What its commands left behind lives on. */
  close(): void {
    this.#isClosing = true
    this.#input.end()
  }

  #hear(text: string): void {
    // At most what the shell says of one command: bash quotes the command whole when a signal ends it.
    this.#said += text
    if (!this.#said.endsWith('\n')) return
    const at = this.#said.lastIndexOf(this.#word)
    if (at < 0 || !this.#running) return
    const { end, resolve } = this.#running
    const status = Number.parseInt(this.#said.slice(at + this.#word.length), 10)
    const said = this.#said.slice(0, at).trim()
    this.#running = undefined
    const isSignal = status > 128 && (said !== '' || SILENT_STATUSES.includes(status))
    resolve({ hasBegun: true, status, isSignal, end, said })
  }

  /** The shell was ended while its command ran: it may not run on unseen. */
  #killOrphans(): void {
    if (this.#running) signalGroup(this.pid, 'SIGKILL')
  }

  #leave(code: number | null, signal: NodeJS.Signals | null): void {
    const running = this.#running
    this.#running = undefined
    this.#hasLeft = true
    if (!running) return
    if (this.#isDeaf) running.resolve(notBegun(running.end))
    else if (signal !== null) running.resolve({ ...notBegun(running.end), hasBegun: true })
    else running.reject(new CommandError('lane', `the shell that runs commands ended (${code}): ${this.#said.trim()}`))
  }
}

/** The shell was killed, and so was the command, if it had begun. */
const notBegun = (end: End): ScriptEnd => ({ hasBegun: false, status: 128 + 9, isSignal: true, end, said: '' })

/** Resolves when no process of the group is left; after the grace, what is left is killed. */
async function groupGone(pid: number, graceMs: number): Promise<void> {
  const untilMs = performance.now() + graceMs
  while (isGroupAlive(pid) && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(GROUP_LOOK_MS, graceMs)))
  }
  if (isGroupAlive(pid)) signalGroup(pid, 'SIGKILL')
}
