import { checkQueue, checkWhole } from '../broker/arguments.js'
import type { NewJob } from '../broker/job-store.js'
import { closest } from '../core/closest.js'
import { formatCount } from '../core/count.js'
import { ArgumentError } from '../core/errors.js'
import { type Json, type JsonText, parseJson } from '../core/json.js'
import { PAYLOAD_BYTES_MAX, PRIORITY_MAX } from '../core/limits.js'

/** Where the definitions of schedules stand among the records. */
export const SCHEDULE_PREFIX = 'schedule/'

/** What becomes of ticks for which nobody was there: none is given, one for all of them, or all. */
export type Missed = 'skip' | 'once' | 'all'

/** What becomes of a tick while the job of the one before has not ended: it is sent all the same, left out, or sent after that. */
export type Overlap = 'allow' | 'skip' | 'queue'

/** A schedule as a program states it. Either `cron` or `everyMs`. */
export interface ScheduleOptions {
  /** 1 to 200 letters, digits, and `_ . : / -` between them. */
  readonly name: string
  /** Five fields, or six with seconds in front; or a nickname such as `@daily`. */
  readonly cron?: string
  /** An IANA time zone for `cron`; UTC unless given. */
  readonly zone?: string
  /** Milliseconds between two ticks, 100 or more. */
  readonly everyMs?: number
  /** A tick of `everyMs`, and the first if it is yet to come; the moment when the schedule was put unless given. */
  readonly fromMs?: number
  /** Where its jobs go: the name of a queue, or its definition. */
  readonly queue: string | { readonly name: string }
  /** The payload of each job; null unless given. */
  readonly payload?: Json
  /** A member to put into the payload, an object: the time of the tick in milliseconds since 1970. */
  readonly timeMember?: string
  readonly priority?: number
  readonly attemptsMax?: number
  /** `once` unless given. */
  readonly missed?: Missed
  /** `allow` unless given. */
  readonly overlap?: Overlap
  /** It does not tick while it is. */
  readonly isPaused?: boolean
}

/** A schedule as it is kept, nothing left open; null for what it does not have. */
export interface ScheduleDefinition {
  readonly cron: string | null
  readonly zone: string | null
  readonly everyMs: number | null
  readonly fromMs: number | null
  readonly queue: string
  readonly payload: Json
  readonly timeMember: string | null
  readonly priority: number
  readonly attemptsMax: number | null
  readonly missed: Missed
  readonly overlap: Overlap
  readonly isPaused: boolean
}

const MISSED: readonly Missed[] = ['skip', 'once', 'all']
const OVERLAPS: readonly Overlap[] = ['allow', 'skip', 'queue']

const SETTINGS: Readonly<Record<keyof ScheduleOptions, true>> = {
  name: true,
  cron: true,
  zone: true,
  everyMs: true,
  fromMs: true,
  queue: true,
  payload: true,
  timeMember: true,
  priority: true,
  attemptsMax: true,
  missed: true,
  overlap: true,
  isPaused: true,
}

/** A schedule that ticks more often than this is a worker that has not been written yet. */
export const EVERY_MS_MIN = 100

/** A hundred years. */
const EVERY_MS_MAX = 36_525 * 86_400_000

/** The end of the year 9999. */
const TIME_MS_MAX = 253_402_300_799_999

/**
 * The definition that options ask for; whether its cron line and zone make sense, its plan tells.
 *
 * @param nowMs Where an interval begins that does not say so.
 * @param standing What it takes the place of: an interval of the same length goes on in its rhythm.
 * @throws ArgumentError that names the setting which is wrong.
 */
export function definitionOf(
  options: ScheduleOptions,
  nowMs: number,
  standing?: ScheduleDefinition,
): ScheduleDefinition {
  checkSettings(options)
  const { cron = null, everyMs = null, queue, payload = null, timeMember = null, attemptsMax = null } = options
  const beganMs = standing !== undefined && standing.everyMs === everyMs ? standing.fromMs : nowMs
  const definition: ScheduleDefinition = {
    cron,
    zone: cron === null ? null : (options.zone ?? 'UTC'),
    everyMs,
    fromMs: everyMs === null ? null : (options.fromMs ?? beganMs),
    queue: typeof queue === 'string' ? queue : queue.name,
    payload,
    timeMember,
    priority: options.priority ?? 0,
    attemptsMax,
    missed: options.missed ?? 'once',
    overlap: options.overlap ?? 'allow',
    isPaused: options.isPaused ?? false,
  }
  checkDefinition(definition)
  return definition
}

/**
 * Reads a definition from its record.
 *
 * @throws ArgumentError or SyntaxError when somebody has put there what is none.
 */
export function readDefinition(value: JsonText): ScheduleDefinition {
  const read = parseJson(value) as unknown as ScheduleDefinition
  if (typeof read !== 'object' || read === null) throw new ArgumentError('a schedule must be an object')
  const { cron, zone, everyMs, fromMs, queue, payload, timeMember, priority, attemptsMax, missed, overlap } = read
  const times = { cron, zone, everyMs, fromMs }
  const definition = {
    ...times,
    queue,
    payload,
    timeMember,
    priority,
    attemptsMax,
    missed,
    overlap,
    isPaused: read.isPaused,
  }
  checkDefinition(definition)
  return definition
}

/** The name of a schedule. @throws ArgumentError */
export function checkScheduleName(name: string): void {
  if (typeof name === 'string' && /^[\p{L}\p{N}]([\p{L}\p{N}_.:/-]{0,198}[\p{L}\p{N}])?$/u.test(name)) return
  throw new ArgumentError(`'${name}' cannot be the name of a schedule`, {
    hint: 'A name has 1 to 200 letters and digits, and _ . : / - between them.',
  })
}

/** The job that a tick sends. */
export function jobOf(name: string, definition: ScheduleDefinition, tickMs: number): NewJob {
  const { queue, payload, timeMember, priority, attemptsMax, overlap } = definition
  const timed = timeMember === null ? payload : { ...(payload as object), [timeMember]: tickMs }
  return {
    queue,
    payload: JSON.stringify(timed),
    priority,
    ...(attemptsMax !== null && { attemptsMax }),
    ...(overlap !== 'allow' && { key: `${SCHEDULE_PREFIX}${name}` }),
  }
}

function checkSettings(options: ScheduleOptions): void {
  checkScheduleName(options.name)
  const unknown = Object.keys(options).find((setting) => !Object.hasOwn(SETTINGS, setting))
  if (unknown !== undefined) {
    const meant = closest(unknown, Object.keys(SETTINGS))
    const hint = meant === undefined ? `It has ${Object.keys(SETTINGS).join(', ')}.` : `Did you mean ${meant}?`
    throw new ArgumentError(`a schedule has no setting '${unknown}'`, { hint })
  }
  const { cron, zone, everyMs, fromMs, queue } = options
  if ((cron === undefined) === (everyMs === undefined)) {
    throw new ArgumentError(
      `a schedule needs either cron or everyMs, and this has ${cron === undefined ? 'none' : 'both'}`,
    )
  }
  if (zone !== undefined && cron === undefined)
    throw new ArgumentError('an interval has no zone: time passes evenly in all')
  if (fromMs !== undefined && everyMs === undefined) throw new ArgumentError('fromMs goes together with everyMs only')
  if (queue === undefined || queue === null) throw new ArgumentError('a schedule needs a queue for its jobs')
}

function checkDefinition(definition: ScheduleDefinition): void {
  const { cron, zone, everyMs, fromMs, queue, timeMember, priority, attemptsMax, missed, overlap } = definition
  if (everyMs === null && typeof cron !== 'string') throw new ArgumentError('cron must be a text')
  if (everyMs === null && typeof zone !== 'string') throw new ArgumentError('zone must be a text')
  if (everyMs !== null) checkWhole('everyMs', everyMs, EVERY_MS_MIN, EVERY_MS_MAX)
  if (everyMs !== null) checkWhole('fromMs', fromMs ?? Number.NaN, 0, TIME_MS_MAX)
  checkQueue(queue)
  checkWhole('priority', priority, -PRIORITY_MAX, PRIORITY_MAX)
  if (attemptsMax !== null) checkWhole('attemptsMax', attemptsMax, 1, Number.MAX_SAFE_INTEGER)
  checkWord('missed', missed, MISSED)
  checkWord('overlap', overlap, OVERLAPS)
  checkPayload(definition.payload, timeMember)
}

function checkWord(setting: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return
  throw new ArgumentError(`${setting} is '${value}': it must be one of ${words.join(', ')}`)
}

/** Room in the record beside the payload. */
const ROOM_BYTES = 8 * 1024

function checkPayload(payload: Json, timeMember: string | null): void {
  const text = textOf(payload)
  if (Buffer.byteLength(text) > PAYLOAD_BYTES_MAX - ROOM_BYTES) {
    throw new ArgumentError(
      `the payload of a schedule has at most ${formatCount(PAYLOAD_BYTES_MAX - ROOM_BYTES)} bytes`,
    )
  }
  if (timeMember === null) return
  if (typeof timeMember !== 'string' || !/^.{1,100}$/u.test(timeMember)) {
    throw new ArgumentError('timeMember must be a name of 1 to 100 characters')
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new ArgumentError(`only an object has room for timeMember '${timeMember}', and the payload is none`)
  }
}

function textOf(payload: Json): JsonText {
  let text: string | undefined
  try {
    text = JSON.stringify(payload)
  } catch (cause) {
    throw new ArgumentError('JSON cannot hold the payload', { cause })
  }
  if (text === undefined) throw new ArgumentError(`JSON cannot hold a payload of type ${typeof payload}`)
  return text
}
