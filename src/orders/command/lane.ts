import { rmSync, writeFileSync } from 'node:fs'
import { systemClock } from '../../core/clock.js'
import { singleQuote } from '../shell-quote.js'
import { Captures } from './captures.js'
import { type Command, CommandError, type End, type Ended } from './command.js'
import { deathWordBytes } from './death-word.js'
import { KeptFiles } from './kept-files.js'
import { NO_OUTPUT } from './output.js'
import type { OutputSink, Outputs } from './output-sink.js'
import { plainCommand } from './script.js'
import { type ScriptEnd, Shell } from './shell.js'
import { signalName } from './signal-name.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** Longer scripts go by a file: bash reads a pipe one byte at a time, a third of a second for 1 MiB. */
const SCRIPT_LENGTH_MAX = 4_096

/** A command that was given ahead and has waited for so long comes back: the one before it is not short. */
const AHEAD_MS_MAX = 20

/**
 * A shell and two pairs of pipes, through which commands run one after another.
 *
 * While one command runs, the next may be given ahead, with the other pair: so the shell does not wait for us between two
 * short commands. Without it, two lanes with `true` were idle for a fifth of their time.
 */
export class Lane {
  readonly #shell: Shell
  readonly #folder: TemporaryFolder
  #captures: readonly Captures[]
  /** Commands that are here: one runs, one is ahead. */
  #count = 0
  /** See {@link Turn.permit}; undefined when a new one is to be made. */
  #permit: string | undefined
  #isGone = false
  /** The command that waits for it comes first. */
  #isRenewing = false

  /** @throws CommandError `lane` when the shell cannot be started; `output` when there are no pipes. */
  static async start(shellFile: string, folder: TemporaryFolder): Promise<Lane> {
    const shell = await Shell.start(shellFile)
    try {
      return new Lane(shell, folder, await Promise.all([1, 2].map(() => Captures.make(shell, folder))))
    } catch (error) {
      shell.close()
      throw error
    }
  }

  private constructor(shell: Shell, folder: TemporaryFolder, captures: readonly Captures[]) {
    this.#shell = shell
    this.#folder = folder
    this.#captures = captures
    shell.gone.then(() => {
      this.#isGone = true
      this.#releaseWhenDone()
    })
  }

  /** The pid of its shell, and of the process group of its commands. */
  get pid(): number {
    return this.#shell.pid
  }

  /** False once it takes no more commands. */
  get isOpen(): boolean {
    return this.#shell.isOpen
  }

  /** True when a command may be given ahead of its turn. */
  get takesAhead(): boolean {
    return this.#shell.hasRoom && !this.#isRenewing && this.#captures.some(({ isUsable }) => isUsable)
  }

  /** Resolves when its shell has ended, and its group with it if it was retired. */
  get gone(): Promise<void> {
    return this.#shell.gone
  }

  /** See {@link Shell.retire}. */
  retire(end: End, graceMs: number): void {
    this.#shell.retire(end, graceMs)
  }

  /** See {@link Shell.withdraw}. */
  withdraw(): void {
    this.#shell.withdraw()
  }

  /** See {@link Shell.close}. */
  close(): void {
    this.#shell.close()
  }

  /**
   * Runs one command to its end; after the one that runs, when the lane {@link takesAhead}.
   *
   * @param env All that is to be added to the environment of the shell.
   * @param onBegin Called when it begins: its time counts from then.
   * @returns undefined when it did not begin, because the lane was dead or it was withdrawn: another lane may run it.
   * @throws CommandError `lane`, `output`; `stopped` when the lane was retired before it was asked.
   */
  async run(command: Command, env: Command['env'], onBegin: () => void): Promise<Ended | undefined> {
    this.#count += 1
    try {
      return await this.#run(command, env, onBegin)
    } finally {
      this.#count -= 1
      this.#releaseWhenDone()
    }
  }

  async #run(command: Command, env: Command['env'], onBegin: () => void): Promise<Ended | undefined> {
    const isAhead = this.#count > 1
    if (isAhead && !(this.takesAhead && this.#hasPermit())) return undefined
    if (!isAhead && this.#captures.some(({ isUsable }) => !isUsable)) await this.#renewCaptures()
    const sink = this.#sinkFor(command)
    if (sink === undefined) return undefined
    let startedMs = 0
    let sinceMs = 0
    const forget = isAhead ? this.#withdrawWhenLate() : undefined
    const begin = (): void => {
      forget?.()
      startedMs = systemClock.nowMs()
      sinceMs = performance.now()
      sink.begin()
      onBegin()
    }
    sink.prepare()
    try {
      const end = await this.#runWithInputs({ ...command, env }, sink, begin)
      const ranMs = performance.now() - sinceMs
      const outputs = sink.end()
      if (!end.hasBegun) {
        this.#permit = undefined
        return undefined
      }
      // Without a word from the shell it was the command itself that took its own output away.
      if (outputs === undefined && end.said !== '') {
        throw new CommandError('output', `cannot keep output in ${command.outputFolder}: ${end.said}`)
      }
      return { ...verdict(end, outputs ?? NO_OUTPUTS), startedMs, ranMs, end: end.end }
    } catch (error) {
      sink.end()
      throw error
    } finally {
      forget?.()
    }
  }

  #sinkFor({ outputFolder }: Command): OutputSink | undefined {
    return outputFolder === undefined ? this.#captures.find(({ isUsable }) => isUsable) : new KeptFiles(outputFolder)
  }

  async #runWithInputs(command: Command, sink: OutputSink, onBegin: () => void): Promise<ScriptEnd> {
    const files: string[] = []
    try {
      const stdin = command.stdin === undefined ? '/dev/null' : this.#write(command.stdin, files)
      const { stdoutPath: stdout, stderrPath: stderr } = sink
      const script = plainCommand(command, { stdin, stdout, stderr })
      const isLong = script.length > SCRIPT_LENGTH_MAX
      const text = isLong ? `. ${singleQuote(this.#write(`${script}\n`, files))}` : script
      return await this.#shell.run(text, { permit: this.#permit, onBegin })
    } finally {
      for (const file of files) rmSync(file, { force: true })
    }
  }

  /** Makes one unless there is one. That the disk is full harms nobody: the command waits for its turn elsewhere. */
  #hasPermit(): boolean {
    if (this.#permit !== undefined) return true
    const path = this.#folder.newPath()
    try {
      writeFileSync(path, '')
      this.#permit = path
      return true
    } catch {
      return false
    }
  }

  /** Not when only we are late: then what has ended meanwhile is still to be heard. */
  #withdrawWhenLate(): () => void {
    let isForgotten = false
    const timer = setTimeout(() => setImmediate(() => isForgotten || this.withdraw()), AHEAD_MS_MAX)
    return () => {
      isForgotten = true
      clearTimeout(timer)
    }
  }

  #write(text: string, files: string[]): string {
    const path = this.#folder.newPath()
    files.push(path)
    try {
      writeFileSync(path, text)
    } catch (cause) {
      throw new CommandError('output', `cannot write to the temporary folder ${this.#folder.path}`, { cause })
    }
    return path
  }

  /** The shell may be gone before we have taken what the last command wrote. */
  #releaseWhenDone(): void {
    if (this.#isGone && this.#count === 0) for (const captures of this.#captures) captures.release()
  }

  async #renewCaptures(): Promise<void> {
    this.#isRenewing = true
    try {
      this.#folder.make()
      const spent = this.#captures.filter(({ isUsable }) => !isUsable)
      const fresh = await Promise.all(spent.map(() => Captures.make(this.#shell, this.#folder)))
      for (const captures of spent) captures.release()
      this.#captures = [...this.#captures.filter((captures) => !spent.includes(captures)), ...fresh]
    } finally {
      this.#isRenewing = false
    }
  }
}

const NO_OUTPUTS: Outputs = { stdout: NO_OUTPUT, stderr: NO_OUTPUT }

function verdict({ status, isSignal }: ScriptEnd, outputs: Outputs): Pick<Ended, 'exitCode' | 'signal'> & Outputs {
  const wordBytes = isSignal || status <= 128 ? 0 : deathWordBytes(outputs.stderr, status)
  if (!isSignal && wordBytes === 0) return { exitCode: status, signal: null, ...outputs }
  const { stdout, stderr } = outputs
  return { exitCode: null, signal: signalName(status - 128), stdout, stderr: stderr.withoutLast(wordBytes) }
}
