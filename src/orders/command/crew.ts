import { systemClock } from '../../core/clock.js'
import type { StopSignal } from '../../queue/stop-signal.js'
import { checkArguments } from './argument-limits.js'
import type { Command, Ended } from './command.js'
import type { Lane } from './lane.js'
import { Roster, stopped } from './roster.js'
import { droppedByShell } from './script.js'
import { TemporaryFolder } from './temporary-folder.js'

/** How to run commands. */
export interface CrewOptions {
  /** Commands that run at the same time: 1 or more. */
  readonly lanes: number
  /** Milliseconds between TERM and KILL for a command whose time is up or that is stopped; 2,000 unless given. */
  readonly graceMs?: number
  /** The POSIX shell to run them with; `/bin/sh` unless given. */
  readonly shellFile?: string
}

/**
 * Commands to hold ahead, in all and in one lane: enough that the lanes do not wait for us while SQLite waits for the disk,
 * nor while we do not hear them. Where there are many lanes, one of them always has something to do.
 */
const AHEAD_MAX = 64
const AHEAD_LANE_MAX = 32

/** How to run one of them. */
export interface RunOptions {
  /** Ends the command as `killed`; before it has begun, the run rejects as `stopped`. Nobody else listens to it meanwhile. */
  readonly stop?: StopSignal
}

/**
 * Runs commands through a few small persistent shells, its lanes, instead of forking the large Node process.
 *
 * A crew's commands die with its process, `kill -9` included: a watcher sees to that. What one command leaves running
 * never writes into the output of another. It stays in its lane's process group: it ends when a later command of that
 * lane has to be ended, unless it used setsid(1).
 */
export class Crew {
  /** Commands that may be given ahead, to all lanes together. */
  readonly aheadMax: number
  readonly #graceMs: number
  readonly #folder = new TemporaryFolder()
  readonly #roster: Roster
  readonly #dropped: Readonly<Record<string, string>> | undefined
  #terminations = 0

  constructor({ lanes, graceMs = 2_000, shellFile = '/bin/sh' }: CrewOptions) {
    this.#graceMs = graceMs
    const aheadMax = Math.min(AHEAD_LANE_MAX, Math.max(1, Math.floor(AHEAD_MAX / lanes)))
    this.aheadMax = lanes * aheadMax
    this.#roster = new Roster({ countMax: lanes, lane: { shellFile, folder: this.#folder, aheadMax } })
    this.#dropped = droppedByShell(process.env)
  }

  /**
   * Makes a private temporary folder and starts the lanes, in the current folder and environment of this process.
   *
   * @throws CommandError `lane` when no shell can be started; `output` when the folder cannot be made.
   */
  async start(): Promise<void> {
    this.#folder.make()
    try {
      await this.#roster.start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /**
   * Runs one command to its end; waits for a free lane. When all are taken, it may wait in one behind a command that is
   * short, to begin at once when that ends. That it fails is a value, not an error.
   *
   * @throws CommandError `too-long`, `output`, `lane`, `stopped`; ArgumentError when an argument holds a NUL.
   */
  async run(command: Command, { stop }: RunOptions = {}): Promise<Ended> {
    checkArguments(command)
    const terminations = this.#terminations
    // Once, but for lanes that were killed while they were idle, which is seen only now, and for what was given ahead
    // behind a command that is not short or was ended.
    for (let mayGoAhead = true; ; mayGoAhead = false) {
      if (isOff(stop) || terminations !== this.#terminations) throw stopped()
      const found = this.#roster.take({ stop, mayGoAhead })
      const lane = found instanceof Promise ? await found : found
      const watch = new Watch(lane, this.#graceMs, stop)
      try {
        if (isOff(stop)) throw stopped()
        stop?.onStop(() => watch.end())
        const ended = await lane.run(command, this.#environmentOf(command), () => watch.begin(command.timeoutMs))
        if (ended) return ended
      } finally {
        watch.over()
        stop?.onStop(() => {})
        this.#roster.giveBack(lane)
      }
    }
  }

  /**
   * Ends all that runs: TERM to each group, KILL to what is left after the grace; these runs resolve as `killed`.
   * Runs that still wait for a lane reject as `stopped`. Resolves when every process of the groups is gone.
   */
  async terminate(graceMs: number): Promise<void> {
    this.#terminations += 1
    await this.#roster.terminate(graceMs)
  }

  /**
   * Takes no more commands, ends what still runs with the crew's grace, and deletes the temporary folder: outputs that
   * lay there can no longer be read. What commands left running behind them lives on. Safe twice, and before `start`.
   */
  async stop(): Promise<void> {
    await this.#roster.stop(this.#graceMs)
    this.#folder.remove()
  }

  #environmentOf({ env }: Command): Command['env'] {
    return this.#dropped === undefined ? env : { ...this.#dropped, ...env }
  }
}

const isOff = (stop: StopSignal | undefined): boolean => stop !== undefined && stop.reason !== null

/** Sees to it that one command in a lane ends in time. */
class Watch {
  readonly #lane: Lane
  readonly #graceMs: number
  readonly #stop: StopSignal | undefined
  #hasBegun = false
  #forget: (() => void) | undefined

  constructor(lane: Lane, graceMs: number, stop: StopSignal | undefined) {
    this.#lane = lane
    this.#graceMs = graceMs
    this.#stop = stop
  }

  /** It runs now. */
  begin(timeoutMs: number | undefined): void {
    this.#hasBegun = true
    if (timeoutMs !== undefined) {
      this.#forget = systemClock.after(timeoutMs, () => this.#lane.retire('timeout', this.#graceMs))
    }
    // It began before it could be withdrawn.
    if (isOff(this.#stop)) this.end()
  }

  /** It shall run no longer, or not begin. */
  end(): void {
    if (this.#hasBegun) this.#lane.retire('killed', this.#graceMs)
    else this.#lane.withdraw()
  }

  /** It runs no more. */
  over(): void {
    this.#forget?.()
  }
}
