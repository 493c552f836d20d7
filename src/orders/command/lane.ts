import { rmSync, writeFileSync } from 'node:fs'
import { systemClock } from '../../core/clock.js'
import { singleQuote } from '../shell-quote.js'
import { Captures } from './captures.js'
import { type Command, CommandError, type End, type Ended } from './command.js'
import { deathWordBytes } from './death-word.js'
import { KeptFiles } from './kept-files.js'
import type { OutputSink, Outputs } from './output-sink.js'
import { plainCommand } from './script.js'
import { type ScriptEnd, Shell } from './shell.js'
import { signalName } from './signal-name.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** Longer scripts go by a file: bash reads a pipe one byte at a time, a third of a second for 1 MiB. */
const SCRIPT_LENGTH_MAX = 4_096

/** A shell and two pipes, through which commands run one after another. */
export class Lane {
  readonly #shell: Shell
  readonly #folder: TemporaryFolder
  #captures: Captures
  #isBusy = false
  #isGone = false

  /** @throws CommandError `lane` when the shell cannot be started; `output` when there are no pipes. */
  static async start(shellFile: string, folder: TemporaryFolder): Promise<Lane> {
    const shell = await Shell.start(shellFile)
    try {
      return new Lane(shell, folder, await Captures.make(shell, folder))
    } catch (error) {
      shell.close()
      throw error
    }
  }

  private constructor(shell: Shell, folder: TemporaryFolder, captures: Captures) {
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

  /** Resolves when its shell has ended, and its group with it if it was retired. */
  get gone(): Promise<void> {
    return this.#shell.gone
  }

  /** See {@link Shell.retire}. */
  retire(end: End, graceMs: number): void {
    this.#shell.retire(end, graceMs)
  }

  /** See {@link Shell.close}. */
  close(): void {
    this.#shell.close()
  }

  /**
   * Runs one command to its end; one at a time.
   *
   * @param env All that is to be added to the environment of the shell.
   * @returns undefined when the lane was dead before the command began: another lane may run it.
   * @throws CommandError `lane`, `output`; `stopped` when the lane was retired before the command began.
   */
  async run(command: Command, env: Command['env']): Promise<Ended | undefined> {
    this.#isBusy = true
    try {
      return await this.#run(command, env)
    } finally {
      this.#isBusy = false
      this.#releaseWhenDone()
    }
  }

  async #run(command: Command, env: Command['env']): Promise<Ended | undefined> {
    if (!this.#captures.isUsable) await this.#renewCaptures()
    const { outputFolder } = command
    const sink: OutputSink = outputFolder === undefined ? this.#captures : new KeptFiles(outputFolder)
    sink.begin()
    try {
      const startedMs = systemClock.nowMs()
      const sinceMs = performance.now()
      const end = await this.#runWithInputs(command, env, sink)
      const ranMs = performance.now() - sinceMs
      const outputs = sink.end()
      if (!end.hasBegun) return undefined
      if (outputs) return { ...verdict(end, outputs), startedMs, ranMs, end: end.end }
      throw new CommandError('output', `cannot keep output in ${outputFolder}: ${end.said}`)
    } catch (error) {
      sink.end()
      throw error
    }
  }

  async #runWithInputs(command: Command, env: Command['env'], sink: OutputSink): Promise<ScriptEnd> {
    const files: string[] = []
    try {
      const stdin = command.stdin === undefined ? '/dev/null' : this.#write(command.stdin, files)
      const { stdoutPath: stdout, stderrPath: stderr } = sink
      const script = plainCommand({ file: command.file, args: command.args, env }, { stdin, stdout, stderr })
      const isLong = script.length > SCRIPT_LENGTH_MAX
      return await this.#shell.run(isLong ? `. ${singleQuote(this.#write(`${script}\n`, files))}` : script)
    } finally {
      for (const file of files) rmSync(file, { force: true })
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
    if (this.#isGone && !this.#isBusy) this.#captures.release()
  }

  async #renewCaptures(): Promise<void> {
    this.#folder.make()
    const captures = await Captures.make(this.#shell, this.#folder)
    this.#captures.release()
    this.#captures = captures
  }
}

function verdict({ status, isSignal }: ScriptEnd, outputs: Outputs): Pick<Ended, 'exitCode' | 'signal'> & Outputs {
  const wordBytes = isSignal || status <= 128 ? 0 : deathWordBytes(outputs.stderr, status)
  if (!isSignal && wordBytes === 0) return { exitCode: status, signal: null, ...outputs }
  const { stdout, stderr } = outputs
  return { exitCode: null, signal: signalName(status - 128), stdout, stderr: stderr.withoutLast(wordBytes) }
}
