import { rmSync, writeFileSync } from 'node:fs'
import { systemClock } from '../../core/clock.js'
import { singleQuote } from '../shell-quote.js'
import { Captures } from './captures.js'
import { type Command, CommandError, type End, type Ended } from './command.js'
import { deathWordBytes } from './death-word.js'
import { KeptFiles } from './kept-files.js'
import { makePipes } from './named-pipes.js'
import { NO_OUTPUT } from './output.js'
import type { OutputSink, Outputs } from './output-sink.js'
import { plainCommand } from './script.js'
import { type ScriptEnd, Shell } from './shell.js'
import { signalName } from './signal-name.js'
import type { TemporaryFolder } from './temporary-folder.js'

/** Longer scripts go by a file: bash reads a pipe one byte at a time, a third of a second for 1 MiB. */
const SCRIPT_LENGTH_MAX = 4_096

/** How long a command runs before we begin to read what it writes: most are gone by then, and spare us the trouble. */
const PUMP_AFTER_MS = 10

/** What was given ahead comes back when the command before it has run for so long: it is not short. */
const LATE_MS = 20

/** Whether the temporary folder is still there is worth a look only after a rest. */
const REST_MS = 1_000

/** What a lane is made of. */
export interface LaneOptions {
  readonly shellFile: string
  readonly folder: TemporaryFolder
  /** Commands that it holds ahead at most, beside the one that runs; 0: none. */
  readonly aheadMax: number
}

/**
 * A shell, through which commands run one after another, and a pair of pipes for each command that it holds.
 *
 * While one command runs, the next ones may be given ahead, each with its own pair: so the shell does not wait for us
 * between short commands, nor while SQLite waits for the disk.
 */
export class Lane {
  readonly #shell: Shell
  readonly #options: LaneOptions
  readonly #pumpTimer: NodeJS.Timeout
  readonly #lateTimer: NodeJS.Timeout
  #captures: readonly Captures[]
  /** Commands that are here: one runs, the others are ahead. */
  #count = 0
  /** Where the command that runs writes; undefined when none does. */
  #sink: OutputSink | undefined
  /** The command that runs is not short. */
  #isLate = false
  /** When a command last ended. */
  #endedMs: number = performance.now()
  /** See {@link Turn.permit}; undefined when a new one is to be made. */
  #permit: string | undefined
  #isGone = false
  /** The command that waits for it comes first. */
  #isRenewing = false

  /** @throws CommandError `lane` when the shell cannot be started; `output` when there are no pipes. */
  static async start(options: LaneOptions): Promise<Lane> {
    const shell = await Shell.start(options.shellFile)
    try {
      return new Lane(shell, options, await pipesFor(shell, options))
    } catch (error) {
      shell.close()
      throw error
    }
  }

  private constructor(shell: Shell, options: LaneOptions, captures: readonly Captures[]) {
    this.#shell = shell
    this.#options = options
    this.#captures = captures
    // Begun anew with each command, which is cheaper than to make and to clear two timers for each.
    this.#pumpTimer = setTimeout(() => this.#pump(), PUMP_AFTER_MS).unref()
    this.#lateTimer = setTimeout(() => this.#late(), LATE_MS).unref()
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
    return this.isOpen && !this.#isLate && !this.#isRenewing && this.#captures.some(({ isFree }) => isFree)
  }

  /** Resolves when its shell has ended, and its group with it if it was retired. */
  get gone(): Promise<void> {
    return this.#shell.gone
  }

  /** See {@link Shell.retire}. */
  retire(end: End, graceMs: number): void {
    this.#shell.retire(end, graceMs)
  }

  /** See {@link Shell.withdraw}. Only while a command is ahead: its permit is deleted then, and the next needs a new one. */
  withdraw(): void {
    this.#shell.withdraw()
    this.#permit = undefined
  }

  /** See {@link Shell.close}. */
  close(): void {
    this.#shell.close()
  }

  /**
   * Runs one command to its end; after those that are here, when the lane {@link takesAhead}.
   *
   * @param env All that is to be added to the environment of the shell.
   * @param onBegin Called when it begins, unless it is over by the time that we hear of it: its time counts from then.
   * @returns undefined when it did not begin, because the lane was dead or it was withdrawn: another lane may run it.
   * @throws CommandError `lane`, `output`; `stopped` when the lane was retired before it was asked.
   */
  async run(command: Command, env: Command['env'], onBegin: () => void): Promise<Ended | undefined> {
    let sink: OutputSink | undefined
    const files: string[] = []
    let startedMs: number | undefined
    const begin = (atMs: number): void => {
      startedMs = onOurClock(atMs)
      this.#begin(sink)
      onBegin()
    }
    this.#count += 1
    try {
      const isAhead = this.#count > 1
      if (isAhead && !(this.takesAhead && this.#hasPermit())) return undefined
      if (!isAhead && this.#needsCaptures()) await this.#renewCaptures()
      const free = this.#sinkFor(command)
      if (free === undefined) return undefined
      free.prepare()
      sink = free
      const script = this.#scriptOf(command, env, { sink, files })
      const end = await this.#shell.run(script, { permit: this.#permit, onBegin: begin })
      if (this.#sink === sink) this.#sink = undefined
      const outputs = sink.end()
      sink = undefined
      if (!end.hasBegun) return undefined
      // Without a word from the shell it was the command itself that took its own output away.
      if (outputs === undefined && end.said !== '') {
        throw new CommandError('output', `cannot keep output in ${command.outputFolder}: ${end.said}`)
      }
      const { exitCode, signal, stdout, stderr } = verdict(end, outputs ?? NO_OUTPUTS)
      // One that was heard to begin and to end in one breath.
      startedMs ??= onOurClock(end.begunAtMs)
      return { exitCode, signal, startedMs, ranMs: end.atMs - end.begunAtMs, end: end.end, stdout, stderr }
    } finally {
      sink?.end()
      for (const file of files) rmSync(file, { force: true })
      this.#count -= 1
      this.#endedMs = performance.now()
      this.#releaseWhenDone()
    }
  }

  #begin(sink: OutputSink | undefined): void {
    this.#sink = sink
    this.#isLate = false
    this.#pumpTimer.refresh()
    this.#lateTimer.refresh()
  }

  #pump(): void {
    this.#ifItStillRuns((sink) => {
      if (!sink.pump()) this.#pumpTimer.refresh()
    })
  }

  #late(): void {
    this.#ifItStillRuns(() => {
      this.#isLate = true
      if (this.#count > 1) this.withdraw()
    })
  }

  /** When only we are late, what has ended meanwhile is still to be heard. */
  #ifItStillRuns(act: (sink: OutputSink) => void): void {
    const sink = this.#sink
    setImmediate(() => {
      if (sink !== undefined && this.#sink === sink) act(sink)
    })
  }

  #sinkFor({ outputFolder }: Command): OutputSink | undefined {
    return outputFolder === undefined ? this.#captures.find(({ isFree }) => isFree) : new KeptFiles(outputFolder)
  }

  /** What the shell has to run. What it is too long for, and the command's input, are written to files, whose paths are added. */
  #scriptOf(command: Command, env: Command['env'], { sink, files }: { sink: OutputSink; files: string[] }): string {
    const { file, args } = command
    const stdin = command.stdin === undefined ? '/dev/null' : this.#write(command.stdin, files)
    const script = plainCommand({ file, args, env }, { stdin, stdout: sink.stdoutPath, stderr: sink.stderrPath })
    return script.length > SCRIPT_LENGTH_MAX ? `. ${singleQuote(this.#write(`${script}\n`, files))}` : script
  }

  /** Makes one unless there is one. That the disk is full harms nobody: the command waits for its turn elsewhere. */
  #hasPermit(): boolean {
    if (this.#permit !== undefined) return true
    const path = this.#options.folder.newPath()
    try {
      writeFileSync(path, '')
      this.#permit = path
      return true
    } catch {
      return false
    }
  }

  #write(text: string, files: string[]): string {
    const path = this.#options.folder.newPath()
    files.push(path)
    try {
      writeFileSync(path, text)
    } catch (cause) {
      throw new CommandError('output', `cannot write to the temporary folder ${this.#options.folder.path}`, { cause })
    }
    return path
  }

  /** The shell may be gone before we have taken what the last command wrote. */
  #releaseWhenDone(): void {
    if (this.#isGone && this.#count === 0) for (const captures of this.#captures) captures.release()
  }

  #needsCaptures(): boolean {
    const hasRested = performance.now() - this.#endedMs > REST_MS
    return this.#captures.some((captures) => !captures.isFree || (hasRested && !captures.isThere()))
  }

  async #renewCaptures(): Promise<void> {
    const { folder } = this.#options
    this.#isRenewing = true
    try {
      folder.make()
      const kept = this.#captures.filter((captures) => captures.isFree && captures.isThere())
      const spent = this.#captures.filter((captures) => !kept.includes(captures))
      const paths = await makePipes(this.#shell, folder, 2 * spent.length)
      this.#captures = [...kept, ...Captures.of(paths, folder)]
      for (const captures of spent) captures.release()
    } finally {
      this.#isRenewing = false
    }
  }
}

/** A moment of `performance.now`, in milliseconds since 1970. */
const onOurClock = (atMs: number): number => Math.round(systemClock.nowMs() - (performance.now() - atMs))

/** Lets the shell answer through a named pipe, and makes a pair for each command that it may hold. */
async function pipesFor(shell: Shell, { folder, aheadMax }: LaneOptions): Promise<readonly Captures[]> {
  const [answers = '', ...outputs] = await makePipes(shell, folder, 1 + 2 * (1 + aheadMax))
  await shell.answerThrough(answers)
  return Captures.of(outputs, folder)
}

const NO_OUTPUTS: Outputs = { stdout: NO_OUTPUT, stderr: NO_OUTPUT }

function verdict({ status, isSignal }: ScriptEnd, outputs: Outputs): Pick<Ended, 'exitCode' | 'signal'> & Outputs {
  const wordBytes = isSignal || status <= 128 ? 0 : deathWordBytes(outputs.stderr, status)
  const { stdout, stderr } = outputs
  if (!isSignal && wordBytes === 0) return { exitCode: status, signal: null, stdout, stderr }
  return { exitCode: null, signal: signalName(status - 128), stdout, stderr: stderr.withoutLast(wordBytes) }
}
