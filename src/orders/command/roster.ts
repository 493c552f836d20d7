import { CommandError } from './command.js'
import { Lane } from './lane.js'
import type { TemporaryFolder } from './temporary-folder.js'
import { Watcher } from './watcher.js'

/** Which lanes to keep. */
export interface RosterOptions {
  /** Lanes that serve at the same time: 1 or more. */
  readonly countMax: number
  readonly shellFile: string
  /** What the watcher deletes when the waiter dies. */
  readonly folder: TemporaryFolder
}

/** How to take a lane. */
export interface TakeOptions {
  readonly signal: AbortSignal | undefined
  /** Whether a lane will do that still runs a command, to be given this one ahead. */
  readonly mayGoAhead: boolean
}

/** Somebody in line for a lane. */
interface Waiting {
  readonly resolve: (lane: Lane | Promise<Lane>) => void
  readonly reject: (reason: unknown) => void
}

/** The lanes of a crew: who is free, who waits for one, and which the watcher must end should we die. */
export class Roster {
  readonly #countMax: number
  readonly #shellFile: string
  readonly #folder: TemporaryFolder
  readonly #watcher: Watcher
  readonly #idle = new Set<Lane>()
  /** Those with one command; the one that has run for longest is first. */
  readonly #single = new Set<Lane>()
  /** Those that take commands, or run one. */
  readonly #serving = new Set<Lane>()
  /** Those, and the retired ones whose processes are not all gone. */
  readonly #watched = new Set<Lane>()
  readonly #line = new Set<Waiting>()
  #hiring = 0
  #isOpen = false

  constructor({ countMax, shellFile, folder }: RosterOptions) {
    this.#countMax = countMax
    this.#shellFile = shellFile
    this.#folder = folder
    this.#watcher = new Watcher(shellFile, folder.path)
  }

  /** @throws CommandError `lane` when a shell cannot be started. */
  async start(): Promise<void> {
    this.#isOpen = true
    this.#watcher.start()
    const lanes = await Promise.all(Array.from({ length: this.#countMax }, () => this.#hire()))
    for (const lane of lanes) this.#idle.add(lane)
  }

  /**
   * A lane for one command, to be given back after it. First come, first served; the line has no bound of its own.
   * Nobody goes ahead in a lane while others are in line: lanes would never be free for these.
   *
   * @throws CommandError `lane`, `stopped`; the signal's reason when it aborts before there is one.
   */
  take({ signal, mayGoAhead }: TakeOptions): Lane | Promise<Lane> {
    if (!this.#isOpen) throw stopped()
    for (const lane of this.#idle) {
      this.#idle.delete(lane)
      if (lane.isOpen) return this.#withOne(lane)
    }
    if (this.#serving.size + this.#hiring < this.#countMax) return this.#hireForOne()
    const lane = mayGoAhead && this.#line.size === 0 ? this.#aheadIn() : undefined
    return lane ?? this.#wait(signal)
  }

  /** Gives back what `take` answered. One that was retired or killed is replaced when the next is asked for. */
  giveBack(lane: Lane): void {
    if (!this.#serving.has(lane)) return
    if (!this.#single.delete(lane)) {
      this.#single.add(lane)
      return
    }
    if (!lane.isOpen) {
      this.#discharge(lane)
      return
    }
    const next = this.#nextInLine()
    if (next) next.resolve(this.#withOne(lane))
    else this.#idle.add(lane)
  }

  /** Ends what runs as `killed`, refuses who waits, and resolves when every process of the groups is gone. */
  async terminate(graceMs: number): Promise<void> {
    for (const { reject } of this.#line) reject(stopped())
    this.#line.clear()
    const lanes = [...this.#watched].filter((lane) => !this.#idle.has(lane))
    for (const lane of lanes) lane.retire('killed', graceMs)
    await Promise.all(lanes.map((lane) => lane.gone))
  }

  /** Takes nobody any more, ends what runs, and deletes the folder. Safe twice, and before `start`. */
  async stop(graceMs: number): Promise<void> {
    this.#isOpen = false
    await this.terminate(graceMs)
    const lanes = [...this.#watched]
    for (const lane of lanes) lane.close()
    await Promise.all(lanes.map((lane) => lane.gone))
    await this.#watcher.stop()
  }

  async #hire(): Promise<Lane> {
    this.#hiring += 1
    try {
      const lane = await Lane.start(this.#shellFile, this.#folder)
      this.#serving.add(lane)
      this.#watched.add(lane)
      this.#tellWatcher()
      lane.gone.then(() => this.#remove(lane))
      if (this.#isOpen) return lane
      lane.close()
      throw stopped()
    } finally {
      this.#hiring -= 1
    }
  }

  async #hireForOne(): Promise<Lane> {
    return this.#withOne(await this.#hire())
  }

  #withOne(lane: Lane): Lane {
    this.#single.add(lane)
    return lane
  }

  /** A lane that has one command, and now two. */
  #aheadIn(): Lane | undefined {
    for (const lane of this.#single) {
      if (!lane.takesAhead) continue
      this.#single.delete(lane)
      return lane
    }
    return undefined
  }

  #wait(signal: AbortSignal | undefined): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#line.delete(waiting)
        reject(signal?.reason)
      }
      const waiting: Waiting = {
        resolve(lane) {
          signal?.removeEventListener('abort', leave)
          resolve(lane)
        },
        reject,
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#line.add(waiting)
    })
  }

  #nextInLine(): Waiting | undefined {
    for (const waiting of this.#line) {
      this.#line.delete(waiting)
      return waiting
    }
    return undefined
  }

  /** It serves no more: there is room for another, which whoever waits gets at once. */
  #discharge(lane: Lane): void {
    this.#idle.delete(lane)
    this.#single.delete(lane)
    if (!this.#serving.delete(lane) || !this.#isOpen) return
    this.#nextInLine()?.resolve(this.#hireForOne())
  }

  #remove(lane: Lane): void {
    this.#discharge(lane)
    this.#watched.delete(lane)
    this.#tellWatcher()
  }

  #tellWatcher(): void {
    this.#watcher.watch([...this.#watched].map((lane) => lane.pid))
  }
}

/** For a command that was asked for and will not begin. */
export const stopped = (): CommandError => new CommandError('stopped', 'stopped before the command began')
