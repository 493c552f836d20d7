import { cronPlan } from '../../queue/cron.js'
import type { RuleOptions, TimeDelta } from '../rule.js'
import type { RuleRecord } from '../run-record.js'
import { SPAN_MS, weekdayNumber } from '../time-delta.js'

/** Between the starts of two runs, where a rule says nothing else. */
const DELTA_MS = 300_000

/** When a rule is asked about. */
export interface DueMoment {
  readonly nowMs: number
  /** A rule that never ran goes by the ticks of its cron line after this: since when somebody has looked. */
  readonly sinceMs: number
}

/** When a rule may start by its own times, whatever blobs it has. */
export interface Due {
  readonly isDue: boolean
  /** When it is due, or has been; null: never, such as a cron line on the 30th of February. */
  readonly atMs: number | null
}

/**
 * When a rule is due.
 *
 * - spans: so long after the last run began; at once for one that never ran
 * - `oclock`: once a day from that time on; a day that was missed is made up for
 * - `weekday`: on that day only, from `oclock` on, once
 * - `cron`: once for each tick, or for several that were missed
 *
 * Days are those of this machine's clock face.
 */
export async function dueOf(
  { timeDelta, cron, zone }: Pick<RuleOptions, 'timeDelta' | 'cron' | 'zone'>,
  { lastStartedMs }: Pick<RuleRecord, 'lastStartedMs'>,
  { nowMs, sinceMs }: DueMoment,
): Promise<Due> {
  if (cron !== undefined) return dueByCron({ cron, zone }, lastStartedMs ?? sinceMs, nowMs)
  if (timeDelta?.oclock !== undefined || timeDelta?.weekday !== undefined) {
    return dueByClock(timeDelta, lastStartedMs, nowMs)
  }
  const atMs = lastStartedMs === null ? nowMs : lastStartedMs + spanMs(timeDelta)
  return { isDue: atMs <= nowMs, atMs }
}

async function dueByCron(
  { cron, zone = new Intl.DateTimeFormat().resolvedOptions().timeZone }: { cron: string; zone: string | undefined },
  afterMs: number,
  nowMs: number,
): Promise<Due> {
  const atMs = (await cronPlan(cron, zone)).next(afterMs)
  return { isDue: atMs !== null && atMs <= nowMs, atMs }
}

function dueByClock(delta: TimeDelta, lastMs: number | null, nowMs: number): Due {
  const weekday = delta.weekday === undefined ? undefined : weekdayNumber(delta.weekday)
  const times = [-1, 0, 1, 2, 3, 4, 5, 6, 7].map((days) => timeOf(nowMs, days, delta.oclock ?? '00:00'))
  const fitting = times.filter((at) => weekday === undefined || at.getDay() === weekday).map((at) => at.getTime())
  const isOpen = (atMs: number): boolean => {
    if (atMs > nowMs || (lastMs !== null && lastMs >= atMs)) return false
    // Without a run before it, or on a day of the week, yesterday's time is over.
    return isSameDay(atMs, nowMs) || (weekday === undefined && lastMs !== null)
  }
  const open = fitting.find(isOpen)
  if (open !== undefined) return { isDue: true, atMs: open }
  return { isDue: false, atMs: fitting.find((atMs) => atMs > nowMs) ?? null }
}

/** A time of the day so many days from now, as clocks show it here. */
function timeOf(nowMs: number, days: number, oclock: string): Date {
  const [hours = 0, minutes = 0] = oclock.split(':').map(Number)
  const at = new Date(nowMs)
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days, hours, minutes)
}

const isSameDay = (oneMs: number, otherMs: number): boolean =>
  new Date(oneMs).toDateString() === new Date(otherMs).toDateString()

function spanMs(delta: TimeDelta | undefined): number {
  if (delta === undefined) return DELTA_MS
  const names = Object.keys(SPAN_MS) as (keyof typeof SPAN_MS)[]
  return Math.round(names.reduce((sumMs, name) => sumMs + (delta[name] ?? 0) * SPAN_MS[name], 0))
}
