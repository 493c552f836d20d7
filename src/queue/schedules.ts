import type { Broker } from '../broker/broker.js'
import type { SentJob } from '../broker/job-store.js'
import type { KeptRecord } from '../broker/records.js'
import { ArgumentError, KitchenError } from '../core/errors.js'
import { checkObject } from '../core/members.js'
import { recordsByName } from './all-records.js'
import {
  checkScheduleName,
  definitionOf,
  jobOf,
  readDefinition,
  SCHEDULE_PREFIX,
  type ScheduleDefinition,
  type ScheduleOptions,
} from './schedule.js'
import { firstTickMs, planName, planOf, type TickPlan } from './schedule-plan.js'
import { newState, readState, TICK_PREFIX, type TickState } from './schedule-state.js'

/** A schedule as it stands, and how its ticks went. Times are milliseconds since 1970 on the store's clock. */
export interface ScheduleView extends ScheduleDefinition {
  readonly name: string
  /** The next tick; null while it is paused. */
  readonly nextMs: number | null
  /** The last tick that was given; null before the first. */
  readonly lastMs: number | null
  /** Ticks whose jobs wait until the one before has ended. */
  readonly waitingCount: number
  readonly sentCount: number
  /** Ticks that were not given, because nobody was there when they were due. */
  readonly missedCount: number
  /** Ticks that gave no job, because the job of the one before had not ended. */
  readonly overlappedCount: number
}

/** What there was to say when a schedule was put. */
export interface PutSchedule {
  /** Whether there was none of that name. */
  readonly isNew: boolean
  readonly schedule: ScheduleView
}

/** A schedule ticks so often that an edit meets a tick each time: the next try is the one that goes through. */
const TRIES_MAX = 100

/**
 * The schedules of a kitchen. They are kept there, and ticked by the scheduler of any one process.
 *
 * An edit or a removal that has resolved holds from the next tick on: no tick of the old definition is given after it.
 */
export class Schedules {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /**
   * Adds a schedule, or puts it in the place of the one of that name, whole. What the old one was to give next is kept where
   * both tick at the same times.
   *
   * @throws ArgumentError when a setting is wrong, or its cron line never comes; nothing was changed.
   */
  async put(options: ScheduleOptions): Promise<PutSchedule> {
    checkObject('the settings of a schedule', options)
    const { name } = options
    checkScheduleName(name)
    return this.#change(name, (nowMs, standing) => definitionOf(options, nowMs, standing))
  }

  /**
   * Lets a schedule tick no more, until it is resumed; all else of it stays.
   *
   * @returns The schedule as it is now, also when it was paused before.
   * @throws ArgumentError when there is no schedule of that name.
   */
  pause(name: string): Promise<ScheduleView> {
    return this.#setPaused(name, true)
  }

  /** Lets a paused schedule tick again, from its next time on: what fell into the pause is not made up for. As {@link pause} otherwise. */
  resume(name: string): Promise<ScheduleView> {
    return this.#setPaused(name, false)
  }

  async #setPaused(name: string, isPaused: boolean): Promise<ScheduleView> {
    checkScheduleName(name)
    const { schedule } = await this.#change(name, (_, standing) => {
      if (standing === undefined) throw noSchedule(name)
      return { ...standing, isPaused }
    })
    return schedule
  }

  /** Puts what `edit` makes of the definition that stands; once more when another process was quicker. */
  async #change(
    name: string,
    edit: (nowMs: number, standing: ScheduleDefinition | undefined) => ScheduleDefinition,
  ): Promise<PutSchedule> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const [{ nowMs }, tick, standing] = await Promise.all([
        this.#broker.describe(),
        this.#broker.record(TICK_PREFIX + name),
        this.#broker.record(SCHEDULE_PREFIX + name),
      ])
      const definition = edit(nowMs, definitionIn(standing))
      const plan = await planOf(definition)
      if (plan.next(nowMs) === null) throw neverComes(definition.cron)
      const state = edited(stateIn(tick), { definition, plan, nowMs })
      const put = [
        { key: SCHEDULE_PREFIX + name, value: JSON.stringify(definition), expected: standing?.version ?? 0 },
        { key: TICK_PREFIX + name, value: JSON.stringify(state), expected: tick?.version ?? 0 },
      ]
      const [result] = await this.#broker.commit([{ put }])
      if (result?.kind === 'done') return { isNew: standing === undefined, schedule: viewOf(name, definition, state) }
    }
    throw new KitchenError('busy', `others change schedule '${name}' all the time`)
  }

  /**
   * Removes a schedule. Jobs that it has sent stay; ticks that wait for the end of one are forgotten.
   *
   * @returns Whether there was one.
   */
  async remove(name: string): Promise<boolean> {
    checkScheduleName(name)
    const standing = await this.#broker.record(SCHEDULE_PREFIX + name)
    const keys = [SCHEDULE_PREFIX + name, TICK_PREFIX + name]
    await this.#broker.commit([{ put: keys.map((key) => ({ key, value: null })) }])
    return standing !== undefined
  }

  /** A schedule, with its last and next tick; undefined when there is none of that name. */
  async get(name: string): Promise<ScheduleView | undefined> {
    checkScheduleName(name)
    const [tick, standing] = await Promise.all([
      this.#broker.record(TICK_PREFIX + name),
      this.#broker.record(SCHEDULE_PREFIX + name),
    ])
    return standing && viewIn(name, standing, tick)
  }

  /** All schedules, by the bytes of their names; records that are none that this version understands are left out. */
  async list(): Promise<readonly ScheduleView[]> {
    const [ticks, standing] = await Promise.all([
      recordsByName(this.#broker, TICK_PREFIX),
      recordsByName(this.#broker, SCHEDULE_PREFIX),
    ])
    return [...standing].flatMap(([name, record]) => viewIn(name, record, ticks.get(name)) ?? [])
  }

  /**
   * Sends the job of a schedule now, whatever its times are, also while it is paused; its ticks go on as they would have.
   *
   * @returns The job; with `isNew: false` the one that has not ended, where the schedule's jobs may not overlap.
   * @throws ArgumentError when there is no schedule of that name.
   */
  async runNow(name: string): Promise<SentJob> {
    checkScheduleName(name)
    const [{ nowMs }, standing] = await Promise.all([
      this.#broker.describe(),
      this.#broker.record(SCHEDULE_PREFIX + name),
    ])
    if (standing === undefined) throw noSchedule(name)
    const [result] = await this.#broker.commit([{ send: [jobOf(name, readDefinition(standing.value), nowMs)] }])
    const [sent] = result?.sent ?? []
    if (sent === undefined) throw new KitchenError('fault', `the job of schedule '${name}' was not sent`)
    return sent
  }
}

const noSchedule = (name: string): ArgumentError => new ArgumentError(`there is no schedule '${name}'`)

interface Edit {
  readonly definition: ScheduleDefinition
  readonly plan: TickPlan
  readonly nowMs: number
}

/** What an edit makes of a schedule's state. It is put even if it is the same: its new version tells a tick that has begun. */
function edited(state: TickState | undefined, { definition, plan, nowMs }: Edit): TickState {
  const name = planName(definition)
  const firstMs = firstTickMs(definition, plan, nowMs)
  if (state === undefined) return newState(name, firstMs)
  const goesOn = state.plan === name && state.nextMs !== null && !definition.isPaused
  const waiting = definition.overlap === 'queue' ? state.waiting : []
  return { ...state, plan: name, nextMs: goesOn ? state.nextMs : firstMs, waiting }
}

/** What stands there; undefined also for what cannot be read, since it is replaced or left out. */
function definitionIn(record: KeptRecord | undefined): ScheduleDefinition | undefined {
  try {
    return record && readDefinition(record.value)
  } catch {
    return undefined
  }
}

const stateIn = (record: KeptRecord | undefined): TickState | undefined => record && readState(record.value)

function viewIn(name: string, record: KeptRecord, tick: KeptRecord | undefined): ScheduleView | undefined {
  const definition = definitionIn(record)
  return definition && viewOf(name, definition, stateIn(tick) ?? newState(planName(definition), null))
}

function viewOf(name: string, definition: ScheduleDefinition, state: TickState): ScheduleView {
  const { lastMs, waiting, sentCount, missedCount, overlappedCount } = state
  const nextMs = definition.isPaused || state.plan !== planName(definition) ? null : state.nextMs
  return { name, ...definition, nextMs, lastMs, waitingCount: waiting.length, sentCount, missedCount, overlappedCount }
}

const neverComes = (cron: string | null): ArgumentError =>
  new ArgumentError(`cron line '${cron}' never comes`, {
    hint: 'No year has such a day, as the 30th of February: mend its day, month or day of the week.',
  })
