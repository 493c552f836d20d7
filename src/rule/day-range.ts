const DAY_MS = 86_400_000

/** Which days of tags to take: `dayRange` of them, the last one `dayOffset` days before `dayStart`. */
export interface DayRange {
  readonly dayRange: number
  readonly dayOffset: number
  /** `YYYY-MM-DD`. */
  readonly dayStart: string
}

/** The day of a moment on this machine's clock face: `2026-01-31`. */
export function dayOf(ms: number): string {
  const at = new Date(ms)
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

/** The day that stands at the end of a tag, behind a `:`; undefined when none does. */
export const dayOfTag = (tag: string): string | undefined => /:(\d{4}-\d{2}-\d{2})$/.exec(tag)?.[1]

/** Whether a tag ends with a day of the range. */
export function isInRange(tag: string, { dayRange, dayOffset, dayStart }: DayRange): boolean {
  const day = dayOfTag(tag)
  // ISO days sort as text.
  return (
    day !== undefined && day >= daysBefore(dayStart, dayOffset + dayRange - 1) && day <= daysBefore(dayStart, dayOffset)
  )
}

/** Days have 24 hours in UTC, whatever the clocks do here. */
const daysBefore = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - count * DAY_MS).toISOString().slice(0, 10)
