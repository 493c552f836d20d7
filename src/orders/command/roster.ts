import type { StopSignal } from '../../queue/stop-signal.js'
import { CommandError } from './command.js'
import { Lane, type LaneOptions } from './lane.js'
import { Watcher } from './watcher.js'

/** Which lanes to keep. */
export interface RosterOptions {
  /** Lanes that serve at the same time: 1 or more. */
  readonly countMax: number
  /** How each is made. The watcher deletes the folder when the waiter dies. */
  readonly lane: LaneOptions
}

/** How to take a lane. */
export interface TakeOptions {
  readonly stop: StopSignal | undefined
  /** Whether a lane will do that still runs a command, to be given this one ahead. */
  readonly mayGoAhead: boolean
}

/** Somebody in line for a lane. */
interface Waiting {
  readonly mayGoAhead: boolean
  readonly resolve: (lane: Lane | Promise<Lane>) => void
  readonly reject: (reason: unknown) => void
}

/** The lanes of a crew: who is free, who waits for one, and which the watcher must end should we die. */
export class Roster {
  readonly #countMax: number
  readonly #lane: LaneOptions
  readonly #watcher: Watcher
  /** Those that take commands, or run one, and how many each has. */
  readonly #serving = new Map<Lane, number>()
  /** Those, and the retired ones whose processes are not all gone. */
  readonly #watched = new Set<Lane>()
  readonly #line = new Set<Waiting>()
  #hiring = 0
  #isOpen = false

  constructor({ countMax, lane }: RosterOptions) {
    this.#countMax = countMax
    this.#lane = lane
    this.#watcher = new Watcher(lane.shellFile, lane.folder.path)
  }

  /** @throws CommandError `lane` when a shell cannot be started. */
  async start(): Promise<void> {
    this.#isOpen = true
    this.#watcher.start()
    await Promise.all(Array.from({ length: this.#countMax }, () => this.#hire()))
  }

  /**
   * A lane for one command, to be given back after it. First come, first served; the line has no bound of its own.
   * Nobody goes ahead in a lane while others are in line before him: lanes would never be free for these.
   *
   * @throws CommandError `lane`; `stopped`, also when he is stopped before there is one.
   */
  take(options: TakeOptions): Lane | Promise<Lane> {
    if (!this.#isOpen) throw stopped()
    return (this.#line.size === 0 ? this.#laneFor(options) : undefined) ?? this.#wait(options)
  }

  /** Gives back what `take` answered. One that was retired or killed is replaced when the next is asked for. */
  giveBack(lane: Lane): void {
    const count = this.#serving.get(lane)
    if (count === undefined) return
    this.#serving.set(lane, count - 1)
    if (count === 1 && !lane.isOpen) this.#discharge(lane)
    else this.#serveLine()
  }

  /** Ends what runs as `killed`, refuses who waits, and resolves when every process of the groups is gone. */
  async terminate(graceMs: number): Promise<void> {
    for (const { reject } of this.#line) reject(stopped())
    this.#line.clear()
    const lanes = [...this.#watched].filter((lane) => this.#serving.get(lane) !== 0)
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
      const lane = await Lane.start(this.#lane)
      this.#serving.set(lane, 0)
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
    try {
      return this.#withOneMore(await this.#hire())
    } catch (error) {
      // There is room for another again, and who is in line might have nobody else to serve him.
      this.#serveLine()
      throw error
    }
  }

  #withOneMore(lane: Lane): Lane {
    this.#serving.set(lane, (this.#serving.get(lane) ?? 0) + 1)
    return lane
  }

  #leastBusy(isFit: (lane: Lane, count: number) => boolean): Lane | undefined {
    let best: Lane | undefined
    let least = Number.POSITIVE_INFINITY
    for (const [lane, count] of this.#serving) {
      if (count >= least || !isFit(lane, count)) continue
      best = lane
      least = count
    }
    return best
  }

  /** One that is free, or is hired, or takes a command ahead; undefined when he has to wait. */
  #laneFor({ mayGoAhead }: Pick<TakeOptions, 'mayGoAhead'>): Lane | Promise<Lane> | undefined {
    const free = this.#leastBusy((lane, count) => count === 0 && lane.isOpen)
    if (free) return this.#withOneMore(free)
    if (this.#serving.size + this.#hiring < this.#countMax) return this.#hireForOne()
    const { aheadMax } = this.#lane
    const lane = mayGoAhead ? this.#leastBusy((lane, count) => count <= aheadMax && lane.takesAhead) : undefined
    return lane && this.#withOneMore(lane)
  }

  /**
   * Also those who may go ahead: when only free lanes were for the line, one command of 20 ms made a line that never ended, as a
   * waiter begins as many as go ahead; from then on the lanes waited for it after each command.
   */
  #serveLine(): void {
    if (!this.#isOpen) return
    for (const waiting of this.#line) {
      const lane = this.#laneFor(waiting)
      if (lane === undefined) return
      this.#line.delete(waiting)
      waiting.resolve(lane)
    }
  }

  #wait({ stop, mayGoAhead }: TakeOptions): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { mayGoAhead, resolve, reject }
      this.#line.add(waiting)
      stop?.onStop(() => {
        if (this.#line.delete(waiting)) reject(stopped())
      })
    })
  }

  /** It serves no more: there is room for another, which whoever waits gets at once. */
  #discharge(lane: Lane): void {
    if (this.#serving.delete(lane)) this.#serveLine()
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
