import { keyText } from '../key-text.js'

const DATE = /(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)/
const TIME = /(?<hour>[01]\d|2[0-3])(?<colon>:?)(?<minute>[0-5]\d)(?:\k<colon>(?<second>[0-5]\d)(?:[.,]\d+)?)?/
const OFFSET = / ?(?:Z|UTC|(?<sign>[+-])(?<offsetHour>[01]\d|2[0-3])(?::?(?<offsetMinute>[0-5]\d))?)/
const MOMENT = new RegExp(`^${DATE.source}(?:[T ]${TIME.source}(?:${OFFSET.source})?)?$`, 'i')

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The years that four digits hold, in milliseconds since 1970. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * The moment that a text of ISO 8601 tells, in whole seconds, as UTC has it: `2026-11-22`, `20261122`, `2026-11-22T13:48`, `2026-11-22
 * 13:48:46.5+02:00`. What stands after the date and a `T` or a blank is the time; then `Z`, `UTC` or an offset, without which it is UTC.
 *
 * @returns null when it is none, also when there is no such day, or none of the years 0000 to 9999 has it.
 */
export function momentOf(value: unknown): Date | null {
  const groups = MOMENT.exec(keyText(value)?.trim() ?? '')?.groups
  if (groups === undefined) return null
  const { year, month, day, hour = 0, minute = 0, second = 0, sign, offsetHour = 0, offsetMinute = 0 } = groups
  const moment = new Date(0)
  // Not Date.UTC, of which the year 26 is 1926.
  moment.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  // The 30th of February is the 1st or 2nd of March then.
  if (moment.getUTCMonth() !== Number(month) - 1 || moment.getUTCDate() !== Number(day)) return null
  const time = Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * SECOND_MS
  const offset = Number(offsetHour) * HOUR_MS + Number(offsetMinute) * MINUTE_MS
  return momentAt(moment.getTime() + time + (sign === '-' ? offset : -offset))
}

/** The moment so many milliseconds after 1970 began; null outside of the years 0000 to 9999. */
export const momentAt = (epochMs: number): Date | null =>
  epochMs >= FIRST_MS && epochMs <= LAST_MS ? new Date(epochMs) : null
