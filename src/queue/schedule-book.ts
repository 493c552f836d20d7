import type { Broker } from '../broker/broker.js'
import type { KeptRecord } from '../broker/records.js'
import { ArgumentError } from '../core/errors.js'
import { Heap } from '../core/heap.js'
import { recordsByName } from './all-records.js'
import { readDefinition, SCHEDULE_PREFIX, type ScheduleDefinition } from './schedule.js'
import { firstTickMs, planName, planOf, type TickPlan } from './schedule-plan.js'
import { newState, readState, TICK_PREFIX, type TickState } from './schedule-state.js'

/** A schedule as it was read. */
export interface Entry {
  readonly name: string
  readonly definition: ScheduleDefinition
  readonly plan: TickPlan
  readonly state: TickState
  /** Of the record that `state` was read from; 0: there was none. */
  readonly version: number
  readonly dueMs: number | null
}

/** A definition as it was understood; null: it was not. */
interface Understood {
  readonly version: number
  readonly what: { readonly definition: ScheduleDefinition; readonly plan: TickPlan } | null
}

/** The records of one schedule. */
interface Read {
  readonly definition: KeptRecord
  readonly state: KeptRecord | undefined
  readonly nowMs: number
}

interface DueEntry {
  readonly dueMs: number
  readonly entry: Entry
}

/** A tick that lies this much further ahead than one interval was reckoned by a clock that was set back since. */
const SET_BACK_MS = 1_000

/**
 * What a leader knows of all schedules, the next one that is due at hand.
 *
 * A state is always read before its definition. So where both are not of one moment the state is the older one, and a tick by
 * it is refused.
 */
export class ScheduleBook {
  readonly #broker: Broker
  readonly #onFault: (error: unknown) => void
  readonly #understood = new Map<string, Understood>()
  readonly #entries = new Map<string, Entry>()
  readonly #waiting = new Map<string, Entry>()
  /** Entries in the order in which they are due; some of them were replaced since. */
  #due: Heap<DueEntry> = byDue()

  /** @param onFault Told of definitions that cannot be understood; they do not tick. */
  constructor(broker: Broker, onFault: (error: unknown) => void) {
    this.#broker = broker
    this.#onFault = onFault
  }

  /** Entries with ticks that wait for the end of the job before. */
  get waiting(): readonly Entry[] {
    return [...this.#waiting.values()]
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name)
  }

  /** When the next tick is due; null when none is known. */
  get nextMs(): number | null {
    for (let first = this.#due.first(); first !== undefined; first = this.#due.first()) {
      if (this.#entries.get(first.entry.name) === first.entry) return first.dueMs
      this.#due.pop()
    }
    return null
  }

  /** Takes out up to `countMax` entries that are due, the longest due first. {@link refresh} puts them back. */
  takeDue(nowMs: number, countMax: number): readonly Entry[] {
    const taken: Entry[] = []
    for (let at = this.nextMs; at !== null && at <= nowMs && taken.length < countMax; at = this.nextMs) {
      const due = this.#due.pop()
      if (due === undefined) break
      this.#forget(due.entry.name)
      taken.push(due.entry)
    }
    return taken
  }

  /** Reads all schedules; what has not changed stays as it is. */
  async load(nowMs: number): Promise<void> {
    const states = await recordsByName(this.#broker, TICK_PREFIX)
    const definitions = await recordsByName(this.#broker, SCHEDULE_PREFIX)
    for (const name of [...this.#understood.keys()]) if (!definitions.has(name)) this.#drop(name)
    let read = 0
    for (const [name, definition] of definitions) {
      await this.#read(name, { definition, state: states.get(name), nowMs })
      // What else the process does shall not wait for ten thousand cron lines.
      if (++read % BREATH === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Reads some schedules again. */
  async refresh(names: readonly string[], nowMs: number): Promise<void> {
    // Pages cost less than single records, as long as not most of a page is read in vain.
    if (names.length * 5 > this.#understood.size && names.length > 100) return this.load(nowMs)
    await Promise.all(
      names.map(async (name) => {
        const state = await this.#broker.record(TICK_PREFIX + name)
        const definition = await this.#broker.record(SCHEDULE_PREFIX + name)
        if (definition === undefined) this.#drop(name)
        else await this.#read(name, { definition, state, nowMs })
      }),
    )
  }

  /** Forgets what was read, so that it is read and reckoned anew. */
  clear(): void {
    this.#entries.clear()
    this.#waiting.clear()
    this.#due = byDue()
  }

  async #read(name: string, { definition: record, state: tick, nowMs }: Read): Promise<void> {
    const before = this.#understood.get(name)
    const version = tick?.version ?? 0
    const isSame = before?.version === record.version
    if (isSame && this.#entries.get(name)?.version === version) return
    const understood = isSame ? before : await this.#understand(name, record)
    this.#understood.set(name, understood)
    if (understood.what === null) return this.#forget(name)
    const { definition, plan } = understood.what
    const state =
      (tick && readState(tick.value)) ?? newState(planName(definition), firstTickMs(definition, plan, nowMs))
    this.#enter({ name, definition, plan, state, version, dueMs: dueMsOf({ definition, plan, state }, nowMs) })
  }

  #enter(entry: Entry): void {
    this.#entries.set(entry.name, entry)
    if (entry.state.waiting.length > 0) this.#waiting.set(entry.name, entry)
    else this.#waiting.delete(entry.name)
    if (entry.dueMs === null) return
    this.#due.push({ dueMs: entry.dueMs, entry })
    if (this.#due.size > 2 * this.#entries.size + STALE_MAX) this.#dropStale()
  }

  /** What was replaced long before it was due would pile up. */
  #dropStale(): void {
    this.#due = byDue()
    for (const entry of this.#entries.values()) {
      if (entry.dueMs !== null) this.#due.push({ dueMs: entry.dueMs, entry })
    }
  }

  async #understand(name: string, { value, version }: KeptRecord): Promise<Understood> {
    try {
      const definition = readDefinition(value)
      return { version, what: { definition, plan: await planOf(definition) } }
    } catch (cause) {
      this.#onFault(new ArgumentError(`schedule '${name}' cannot be understood, and does not tick`, { cause }))
      return { version, what: null }
    }
  }

  #forget(name: string): void {
    this.#entries.delete(name)
    this.#waiting.delete(name)
  }

  #drop(name: string): void {
    this.#forget(name)
    this.#understood.delete(name)
  }
}

/** Schedules that are understood without a pause. */
const BREATH = 100

/** Replaced entries that may lie among those that are due, besides as many as there are schedules. */
const STALE_MAX = 1_000

const byDue = (): Heap<DueEntry> => new Heap((a, b) => a.dueMs - b.dueMs)

/** When a schedule is due. A plan that the state was not reckoned by counts from now. */
function dueMsOf(
  { definition, plan, state }: Pick<Entry, 'definition' | 'plan' | 'state'>,
  nowMs: number,
): number | null {
  if (definition.isPaused) return null
  if (state.plan !== planName(definition)) return firstTickMs(definition, plan, nowMs)
  const { nextMs, lastMs } = state
  const hasBegun = lastMs !== null && nextMs !== null && nextMs !== definition.fromMs
  const isAhead = hasBegun && plan.everyMs !== null && nextMs > nowMs + plan.everyMs + SET_BACK_MS
  // Cron waits until its time has come; an interval goes on, although the times of its ticks then come twice.
  return isAhead ? plan.next(nowMs) : nextMs
}
