import { numberOf } from '../number-of.js'
import { checkBuilder, made } from './builder.js'
import { noteUse } from './builder-use.js'
import { momentAt, momentOf } from './moment.js'
import type { TextTransform } from './texts.js'

// All of these take a text of ISO 8601 (see momentOf), and give null for all else. Numbers since 1970 go through fromEpoch before: a number
// alone does not say whether it is seconds, milliseconds or 20261122.

/** The year of a text of ISO 8601, in UTC: 2026. Null when it is none. */
export const year = (value: unknown): number | null => momentOf(value)?.getUTCFullYear() ?? null

/** The month of a text of ISO 8601, in UTC, 1 to 12. Null when it is none. */
export function month(value: unknown): number | null {
  const moment = momentOf(value)
  return moment && moment.getUTCMonth() + 1
}

/** The day of the month of a text of ISO 8601, in UTC, 1 to 31. Null when it is none. */
export const day = (value: unknown): number | null => momentOf(value)?.getUTCDate() ?? null

/** The day of the week of a text of ISO 8601, in UTC: 1 is Monday, 7 is Sunday. Null when it is none. */
export function weekday(value: unknown): number | null {
  const moment = momentOf(value)
  return moment && (moment.getUTCDay() || 7)
}

/** The hour of a text of ISO 8601, in UTC, 0 to 23; 0 of a date alone. Null when it is none. */
export const hour = (value: unknown): number | null => momentOf(value)?.getUTCHours() ?? null

/** The date of a text of ISO 8601, in UTC, as `YYYY-MM-DD`. Null when it is none. */
export const isoDate = (value: unknown): string | null => momentOf(value)?.toISOString().slice(0, 10) ?? null

/**
 * The text of ISO 8601 for seconds or milliseconds since 1970, a number or text that is one: `2026-11-22T13:48:46.000Z`. Null when it is
 * none, or outside of the years 0000 to 9999.
 *
 * @throws RuleError `rule` when `unit` is none of both.
 */
export function fromEpoch(unit: 's' | 'ms'): TextTransform {
  checkBuilder('fromEpoch()', (faults) => {
    if (unit === undefined) faults.add("unit is missing: it must be 's' or 'ms'")
    faults.oneOf('unit', unit, ['s', 'ms'])
  })
  return made(`fromEpoch('${unit}')`, 'fields', (value: unknown) => {
    const number = numberOf(value)
    if (number === null) return null
    // By way of microseconds, since 4.35 × 1,000 is 4,349.999….
    const epochMs = unit === 's' ? Math.round(Number(number) * 1_000_000) / 1_000 : Number(number)
    return momentAt(Math.floor(epochMs))?.toISOString() ?? null
  })
}

noteUse('fields', year, month, day, weekday, hour, isoDate)
noteUse('call', fromEpoch)
