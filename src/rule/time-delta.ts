import { checkCronLine } from '../queue/cron.js'
import { zoneNamed } from '../queue/schedule-zone.js'
import { type Faults, shown } from './faults.js'

/** Milliseconds of the members of a time delta that are spans. */
export const SPAN_MS = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
} as const

/** Ten years: a rule that waits longer is a mistake. */
const SPAN_MS_MAX = 3_653 * SPAN_MS.days

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** The number of a day, 0 for Sunday: of its number, 0 to 7, or of its English name or the first three letters of it; undefined when it is none. */
export function weekdayNumber(weekday: unknown): number | undefined {
  if (typeof weekday === 'number')
    return Number.isInteger(weekday) && weekday >= 0 && weekday <= 7 ? weekday % 7 : undefined
  const word = String(weekday).toLowerCase()
  const at = WEEKDAYS.findIndex((name) => name === word || name.slice(0, 3) === word)
  return at < 0 ? undefined : at
}

/** What is wrong with when a rule shall run. */
export function checkTimes(options: Readonly<Record<string, unknown>>, faults: Faults): void {
  const { timeDelta, cron, zone } = options
  if (timeDelta !== undefined) checkTimeDelta(timeDelta, faults)
  if (cron !== undefined && timeDelta !== undefined) faults.add('it has both timeDelta and cron: give one of them')
  if (cron !== undefined && faults.text('cron', cron)) faults.of('cron', () => checkCronLine(cron))
  if (zone === undefined) return
  if (cron === undefined) faults.add('it has zone without cron')
  if (faults.text('zone', zone)) faults.of('zone', () => void zoneNamed(zone))
}

function checkTimeDelta(given: unknown, faults: Faults): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    faults.add(`timeDelta is ${shown(given)}: write it like { minutes: 5 } or { oclock: '02:30' }`)
    return
  }
  const timeDelta = given as Readonly<Record<string, unknown>>
  const { oclock, weekday } = timeDelta
  const names = Object.keys(SPAN_MS) as (keyof typeof SPAN_MS)[]
  faults.known('timeDelta', timeDelta, [...names, 'oclock', 'weekday'])
  const spans = names.filter((name) => timeDelta[name] !== undefined)
  for (const name of spans) faults.number(`timeDelta.${name}`, timeDelta[name], [0, SPAN_MS_MAX / SPAN_MS[name]])
  const isClock = oclock !== undefined || weekday !== undefined
  if (isClock && spans.length > 0) faults.add(`timeDelta has both ${spans[0]} and a time of the day or week`)
  if (!isClock && spans.length === 0) faults.add('timeDelta says nothing: write it like { minutes: 5 }')
  if (oclock !== undefined && !/^([01]?\d|2[0-3]):[0-5]\d$/.test(String(oclock))) {
    faults.add(`timeDelta.oclock is ${JSON.stringify(oclock)}: it must be a time like '02:30'`)
  }
  if (weekday !== undefined && weekdayNumber(weekday) === undefined) {
    faults.add(`timeDelta.weekday is ${JSON.stringify(weekday)}: it must be 0 to 7 or a day such as 'monday'`)
  }
}
