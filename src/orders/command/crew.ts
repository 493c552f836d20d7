import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.js'
import { checkArguments } from './argument-limits.js'
import { type Command, CommandError, type Ended } from './command.js'
import type { Lane, LaneEnd } from './lane.js'
import { OrderFiles } from './order-files.js'
import { Roster } from './roster.js'
import { droppedByShell } from './script.js'
import { signalName } from './signal-name.js'

/** How to run commands. */
export interface CrewOptions {
  /** Commands that run at the same time: 1 or more. */
  readonly lanes: number
  /** Milliseconds between TERM and KILL for a command whose time is up or whose signal aborts; 2,000 unless given. */
  readonly graceMs?: number
  /** The POSIX shell to run them with; `/bin/sh` unless given. */
  readonly shellFile?: string
}

/** How to run one of them. */
export interface RunOptions {
  /** Ends the command as `killed`; before it has begun, the run rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** A lane may be killed, or the temporary folder be swept away, before a command begins; then it is begun again. */
const BEGINNINGS_MAX = 3

/**
 * Runs commands through a few small persistent shells, its lanes, instead of forking the large Node process.
 *
 * A crew's commands die with its process, `kill -9` included: a watcher sees to that. Each command's output goes to new
 * files of its own, so nothing that an earlier command left running can write into it. What a command leaves running
 * stays in its lane's process group: it ends when a later command of that lane has to be ended, unless it used setsid(1).
 */
export class Crew {
  readonly #graceMs: number
  /** Private: it holds what orders print and are given. Its name cannot be guessed, and it must be new. */
  readonly #folder: string = join(tmpdir(), `hob-${randomUUID()}`)
  readonly #roster: Roster
  readonly #dropped: Readonly<Record<string, string>> = droppedByShell(process.env)
  #sequence = 0

  constructor({ lanes, graceMs = 2_000, shellFile = '/bin/sh' }: CrewOptions) {
    this.#graceMs = graceMs
    this.#roster = new Roster({ countMax: lanes, shellFile, folder: this.#folder })
  }

  /**
   * Makes a private temporary folder and starts the lanes, in the current folder and environment of this process.
   *
   * @throws CommandError `lane` when no shell can be started; `output` when the folder cannot be made.
   */
  async start(): Promise<void> {
    this.#makeFolder()
    try {
      await this.#roster.start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /**
   * Runs one command to its end; waits for a free lane. That it fails is a value, not an error.
   *
   * @throws CommandError `too-long`, `output`, `lane`, `stopped`; ArgumentError when an argument holds a NUL.
   */
  async run(command: Command, { signal }: RunOptions = {}): Promise<Ended> {
    checkArguments(command)
    for (let beginning = 1; ; beginning += 1) {
      signal?.throwIfAborted()
      const lane = await this.#roster.take(signal)
      try {
        const result = await this.#runIn(lane, command, signal)
        if (!(result instanceof CommandError)) return result
        if (beginning === BEGINNINGS_MAX) throw result
      } finally {
        this.#roster.giveBack(lane)
      }
      this.#makeFolder()
    }
  }

  /**
   * Ends all that runs: TERM to each group, KILL to what is left after the grace; these runs resolve as `killed`.
   * Runs that still wait for a lane reject as `stopped`. Resolves when every process of the groups is gone.
   */
  async terminate(graceMs: number): Promise<void> {
    await this.#roster.terminate(graceMs)
  }

  /**
   * Takes no more commands, ends what still runs with the crew's grace, and deletes the temporary folder: outputs that
   * were not kept can no longer be read. What commands left running behind them lives on. Safe twice, and before `start`.
   */
  async stop(): Promise<void> {
    await this.#roster.stop(this.#graceMs)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** How the command ended in this lane; an error as a value when it never began. */
  async #runIn(lane: Lane, command: Command, signal: AbortSignal | undefined): Promise<Ended | CommandError> {
    this.#sequence += 1
    const files = new OrderFiles(`${this.#folder}/${this.#sequence}`, command)
    try {
      const script = files.prepare(command, { ...this.#dropped, ...command.env })
      const startedMs = systemClock.nowMs()
      const sinceMs = performance.now()
      const end = await this.#watch(lane, script, command.timeoutMs, signal)
      const ranMs = performance.now() - sinceMs
      const outputs = files.finish()
      if (outputs) return { ...verdict(end), startedMs, ranMs, end: end.end, ...outputs }
      files.abandon()
      return new CommandError('output', `the command could not begin: ${end.said}`)
    } catch (error) {
      files.abandon()
      if (error instanceof CommandError) throw error
      return new CommandError('output', `cannot make the files of a command: ${messageOf(error)}`, { cause: error })
    }
  }

  /** Runs the script, and ends it when its time is up or the signal aborts. */
  async #watch(lane: Lane, script: string, timeoutMs?: number, signal?: AbortSignal): Promise<LaneEnd> {
    const abort = (): void => lane.retire('killed', this.#graceMs)
    const timeout = (): void => lane.retire('timeout', this.#graceMs)
    const forget = timeoutMs === undefined ? undefined : systemClock.after(timeoutMs, timeout)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await lane.run(script)
    } finally {
      forget?.()
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Makes the temporary folder when it is not there: some systems sweep away what lay unused for days. */
  #makeFolder(): void {
    if (existsSync(this.#folder)) return
    try {
      mkdirSync(this.#folder, { mode: 0o700 })
    } catch (cause) {
      const hint = 'Name a folder that can be written to in TMPDIR.'
      throw new CommandError('output', `cannot make a temporary folder: ${messageOf(cause)}`, { cause, hint })
    }
  }
}

function verdict({ status, isSignal }: LaneEnd): Pick<Ended, 'exitCode' | 'signal'> {
  return isSignal ? { exitCode: null, signal: signalName(status - 128) } : { exitCode: status, signal: null }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
