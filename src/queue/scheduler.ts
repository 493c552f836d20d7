import type { Broker } from '../broker/broker.js'
import type { JobId, SentJob, StepResult } from '../broker/job-store.js'
import { type Clock, monotonicClock } from '../core/clock.js'
import { KitchenError } from '../core/errors.js'
import { hasEnded } from '../core/job-state.js'
import { Leadership } from './leadership.js'
import { nodeName } from './node.js'
import { SCHEDULE_PREFIX } from './schedule.js'
import { type Entry, ScheduleBook } from './schedule-book.js'
import { heldState, nextWaitingOf, type PlannedTick, stateStep, tickOf } from './schedule-tick.js'
import { StoreClock } from './store-clock.js'

/** What became of one schedule's ticks. */
export interface TickEvent {
  readonly schedule: string
  /** The ticks whose jobs were sent, by their times on the store's clock. */
  readonly ticksMs: readonly number[]
  /** Their jobs; one with `isNew: false` is the job before, which has not ended. */
  readonly jobs: readonly SentJob[]
  /** Ticks that were not given because nobody was there; at least so many where `isMissedCounted` is false. */
  readonly missedCount: number
  readonly isMissedCounted: boolean
}

/** What a scheduler tells; each is called at once, and shall not throw. */
export interface SchedulerEvents {
  readonly onTick?: (event: TickEvent) => void
  /** The store failed, and is asked again; or a definition cannot be understood, and its schedule does not tick. */
  readonly onFault?: (error: unknown) => void
}

/** How a scheduler works; all of it has a default. */
export interface SchedulerOptions {
  /** Who ticks, as the leader's record names it; host/pid unless given. */
  readonly node?: string
  /** A clock that is never set; this process's unless given. Times of ticks are those of the store. */
  readonly clock?: Clock
  readonly events?: SchedulerEvents
}

/** Schedules that tick in one call of the store at most; with more the first of them would wait for the last. */
const BATCH = 1_000

/** Characters of payloads, and jobs, after which another call begins. */
const BATCH_CHARACTERS = 8 * 1024 * 1024
const BATCH_JOBS = 5_000

/** How often the jobs are looked at that ticks wait for. */
const LOOK_MS = 1_000

/** Between two readings of all schedules: this, or five times as long as the last one took. */
const LOAD_GAP_MS = 100

/** An edit or two may come between a tick and the note that it gave no job. */
const NOTE_TRIES_MAX = 5

const FAULT_PAUSE_MS = 500
const FAULT_PAUSE_MS_MAX = 5_000

/**
 * Ticks the schedules of a kitchen: sends the job of each when its time has come. Any number of processes run one; while there
 * are schedules one of them leads and ticks, and the others stand by.
 *
 * A tick's job is sent in the one step that moves its schedule on, by the version of its state. So each tick is given once in the
 * whole fleet, also while two processes think that they lead.
 */
export class Scheduler implements AsyncDisposable {
  readonly #broker: Broker
  readonly #events: SchedulerEvents
  readonly #clock: Clock
  readonly #storeClock: StoreClock
  readonly #leadership: Leadership
  readonly #book: ScheduleBook
  /** The jobs that were sent last for schedules that queue; the store learns of them with the next tick. */
  readonly #holders = new Map<string, JobId>()
  #endWatch: (() => void) | null = null
  #isStopping = false
  #turning: Promise<void> | null = null
  #mustTurnAgain = false
  #cancelTimer = (): void => {}
  /** Something about the schedules has changed: whether there are any must be looked up. */
  #isTold = false
  #mustLoad = true
  #loadAtMs = Number.NEGATIVE_INFINITY
  #lookAtMs = 0
  #faults = 0

  constructor(broker: Broker, { node = nodeName(), clock = monotonicClock, events = {} }: SchedulerOptions = {}) {
    this.#broker = broker
    this.#events = events
    this.#clock = clock
    this.#storeClock = new StoreClock(broker, { clock })
    const onFault = (error: unknown) => this.#events.onFault?.(error)
    const onLeading = () => {
      this.#book.clear()
      this.#holders.clear()
      this.#mustLoad = true
      this.#loadAtMs = Number.NEGATIVE_INFINITY
      this.#wake()
    }
    this.#book = new ScheduleBook(broker, onFault)
    this.#leadership = new Leadership(broker, { what: 'schedules', node, clock }, { onLeading, onFault })
  }

  /** Whether it is the one that ticks. */
  get isLeading(): boolean {
    return this.#leadership.isLeading
  }

  /** Begins to watch for schedules, and to tick them when there are some and nobody else does. Once. */
  start(): void {
    if (this.#endWatch !== null || this.#isStopping) return
    this.#endWatch = this.#broker.watch('schedule', () => {
      this.#isTold = true
      this.#wake()
    })
  }

  /** Ends after what is under way, and lets another take over at once. Safe before `start`, and twice. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#endWatch?.()
    this.#cancelTimer()
    await this.#turning
    await this.#leadership.withdraw()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #wake(): void {
    if (this.#isStopping) return
    if (this.#turning !== null) {
      this.#mustTurnAgain = true
      return
    }
    this.#mustTurnAgain = false
    this.#cancelTimer()
    this.#turning = this.#turnSafely().then((inMs) => {
      this.#turning = null
      if (this.#isStopping) return
      if (this.#mustTurnAgain) this.#wake()
      else if (inMs !== null) this.#cancelTimer = this.#clock.after(inMs, () => this.#wake())
    })
  }

  /** @returns Milliseconds until the next turn; null: when it is told of something. */
  async #turnSafely(): Promise<number | null> {
    try {
      const inMs = await this.#turn()
      this.#faults = 0
      return inMs
    } catch (error) {
      this.#events.onFault?.(error)
      if (error instanceof KitchenError && error.code === 'closed') return null
      // What was taken out of the book, and what became of it, the next reading tells.
      this.#book.clear()
      this.#isTold = true
      this.#mustLoad = true
      this.#faults++
      return Math.min(FAULT_PAUSE_MS_MAX, FAULT_PAUSE_MS * this.#faults)
    }
  }

  async #turn(): Promise<number | null> {
    if (this.#isTold) await this.#standIfNeeded()
    if (!this.#leadership.isLeading) return null
    if (this.#storeClock.staleInMs <= 0) await this.#learnTime()
    if (this.#mustLoad && this.#clock.nowMs() >= this.#loadAtMs) await this.#load()
    const nowMs = this.#storeClock.reckonedMs
    const due = this.#book.takeDue(nowMs, BATCH)
    if (due.length > 0) await this.#tick(due, nowMs)
    if (this.#clock.nowMs() >= this.#lookAtMs) await this.#giveWaiting()
    return this.#nextInMs()
  }

  async #standIfNeeded(): Promise<void> {
    this.#isTold = false
    this.#mustLoad = true
    const [any] = await this.#broker.records(SCHEDULE_PREFIX, { countMax: 1 })
    if (any !== undefined) this.#leadership.stand()
    else await this.#leadership.withdraw()
  }

  async #learnTime(): Promise<void> {
    const movedMs = await this.#storeClock.learn()
    if (movedMs > -1_000) return
    // Set back: what was reckoned by it is reckoned anew.
    this.#book.clear()
    this.#mustLoad = true
    this.#loadAtMs = Number.NEGATIVE_INFINITY
  }

  async #load(): Promise<void> {
    this.#mustLoad = false
    const startedMs = this.#clock.nowMs()
    await this.#book.load(this.#storeClock.reckonedMs)
    for (const name of [...this.#holders.keys()]) if (this.#book.get(name) === undefined) this.#holders.delete(name)
    const endedMs = this.#clock.nowMs()
    this.#loadAtMs = endedMs + Math.max(LOAD_GAP_MS, 5 * (endedMs - startedMs))
  }

  #nextInMs(): number {
    const { nextMs, waiting } = this.#book
    const nowMs = this.#clock.nowMs()
    const waits = [
      this.#storeClock.staleInMs,
      nextMs === null ? Number.POSITIVE_INFINITY : nextMs - this.#storeClock.reckonedMs,
      this.#mustLoad ? this.#loadAtMs - nowMs : Number.POSITIVE_INFINITY,
      waiting.length > 0 ? this.#lookAtMs - nowMs : Number.POSITIVE_INFINITY,
    ]
    return Math.max(0, Math.min(...waits))
  }

  async #tick(due: readonly Entry[], nowMs: number): Promise<void> {
    const queueing = due.filter(({ definition }) => definition.overlap === 'queue')
    const held = await this.#held(queueing)
    await this.#give(due.map((entry) => tickOf(this.#withHolder(entry), nowMs, !held.has(entry.name))))
  }

  /** Gives the first tick of each line whose job has ended. */
  async #giveWaiting(): Promise<void> {
    const { waiting } = this.#book
    this.#lookAtMs = this.#clock.nowMs() + LOOK_MS
    if (waiting.length === 0) return
    const held = await this.#held(waiting)
    await this.#give(
      waiting
        .filter(({ name }) => !held.has(name))
        .slice(0, BATCH)
        .map(nextWaitingOf),
    )
  }

  async #give(planned: readonly PlannedTick[]): Promise<void> {
    for (const batch of batchesOf(planned)) {
      const results = await this.#broker.commit(batch.map(({ step }) => step))
      const held = batch.flatMap((tick, at) => this.#settle(tick, results[at]))
      await this.#book.refresh(namesOf(batch), this.#storeClock.reckonedMs)
      await this.#noteHeld(held)
    }
  }

  /** Tells what became of a tick, and answers it when its job was not sent because the one before holds the key. */
  #settle(
    { name, overlap, ticks, missedCount, isMissedCounted }: PlannedTick,
    result: StepResult | undefined,
  ): readonly Held[] {
    // A conflict: it was edited, removed, or ticked by another.
    if (result === undefined || result.kind === 'conflict') return []
    const [job] = result.sent
    const [tickMs] = ticks
    if (job !== undefined && overlap === 'queue') this.#holders.set(name, job.id)
    this.#events.onTick?.({ schedule: name, ticksMs: ticks, jobs: result.sent, missedCount, isMissedCounted })
    const isHeld = result.kind === 'duplicate' && job !== undefined && tickMs !== undefined
    return isHeld ? [{ name, tickMs, holder: job.id }] : []
  }

  /** Puts down that ticks gave no job. Whoever edits the schedule meanwhile carries on the state that says otherwise. */
  async #noteHeld(held: readonly Held[]): Promise<void> {
    let left = held
    for (let tries = 0; tries < NOTE_TRIES_MAX && left.length > 0; tries++) {
      const notes = left.flatMap((each) => {
        const entry = this.#book.get(each.name)
        return entry ? [{ ...each, step: stateStep(entry, heldState(entry, each.tickMs, each.holder)) }] : []
      })
      if (notes.length === 0) return
      const results = await this.#broker.commit(notes.map(({ step }) => step))
      await this.#book.refresh(namesOf(notes), this.#storeClock.reckonedMs)
      left = notes.filter((_, at) => results[at]?.kind === 'conflict')
    }
  }

  /** The names of those whose last job has not ended yet. */
  async #held(entries: readonly Entry[]): Promise<ReadonlySet<string>> {
    const holders = entries.map((entry) => ({ name: entry.name, id: this.#withHolder(entry).state.holder }))
    const ids = [...new Set(holders.map(({ id }) => id).filter((id) => id !== null))]
    const live = new Set<JobId>()
    for (let at = 0; at < ids.length; at += BATCH) {
      const jobs = await this.#broker.jobs({ ids: ids.slice(at, at + BATCH), countMax: BATCH })
      for (const { id, state } of jobs) if (!hasEnded(state)) live.add(id)
    }
    return new Set(holders.filter(({ id }) => id !== null && live.has(id)).map(({ name }) => name))
  }

  #withHolder(entry: Entry): Entry {
    const holder = entry.state.holder ?? this.#holders.get(entry.name) ?? null
    return { ...entry, state: { ...entry.state, holder } }
  }
}

/** A tick whose job was not sent because the one before has not ended. */
interface Held {
  readonly name: string
  readonly tickMs: number
  readonly holder: JobId
}

const namesOf = (named: readonly { readonly name: string }[]): readonly string[] => named.map(({ name }) => name)

/** In calls that the store takes in its stride. */
function batchesOf(planned: readonly PlannedTick[]): readonly (readonly PlannedTick[])[] {
  const batches: PlannedTick[][] = []
  let [jobs, characters] = [0, 0]
  for (const tick of planned) {
    const last = batches.at(-1)
    const isFull = jobs + tick.ticks.length > BATCH_JOBS || characters + tick.size > BATCH_CHARACTERS
    if (last === undefined || isFull) {
      batches.push([tick])
      ;[jobs, characters] = [0, 0]
    } else last.push(tick)
    jobs += tick.ticks.length
    characters += tick.size
  }
  return batches
}
