import { CliError } from './cli-error.js'
import type { ValueKind } from './option.js'

const MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/

/** The length of a day alone, which `Date.parse` would take for one of UTC. */
const DAY = 10

/** A moment as ISO 8601 writes it, in milliseconds since 1970; without a zone it is meant on this machine's clock face, and a day is its first moment. */
export const momentMs: ValueKind<number> = {
  parse(text) {
    const [, year, month, day] = MOMENT.exec(text) ?? []
    const ms =
      year === undefined ? Number.NaN : Date.parse(text.length === DAY ? `${text}T00:00` : text.replace(' ', 'T'))
    // Date.parse makes the 2nd of March of the 30th of February.
    const daysMax = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
    if (!Number.isNaN(ms) && Number(day) <= daysMax) return ms
    throw new CliError('usage', `'${text}' is no moment`, {
      hint: 'Write it like 2030-01-31, 2030-01-31T18:00, or with a zone: 2030-01-31T18:00Z, 2030-01-31T18:00+01:00.',
    })
  },
}
