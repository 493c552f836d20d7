import { closest } from '../core/closest.js'
import { ArgumentError } from '../core/errors.js'

/** A second, the finest that wall clocks are told apart by here. */
const SECOND_MS = 1_000

const DAY_MS = 86_400_000

/** Days whose offset is remembered for each zone. */
const DAYS_MAX = 100

/** Made once for each zone: its format takes tens of kilobytes, and many schedules share a zone. */
const zones = new Map<string, Zone>()

/**
 * The time zone of a name.
 *
 * @throws ArgumentError when there is no such zone; its hint names the one that was likely meant.
 */
export function zoneNamed(name: string): Zone {
  const zone = zones.get(name) ?? new Zone(formatOf(name))
  zones.set(name, zone)
  return zone
}

/**
 * The clocks on the walls of one IANA time zone, by the rules that this Node knows.
 *
 * A wall time is a number as `Date.UTC` makes it of what the clock shows, in milliseconds.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat
  /** What {@link evenOffsetMs} answered: to ask the format takes longer than all else that finds a tick. */
  readonly #offsets = new Map<number, number | null>()

  /** @param format Of its date and time, in digits, from the year to the second. */
  constructor(format: Intl.DateTimeFormat) {
    this.#format = format
  }

  /** What the clocks show at a moment, the fraction of a second cut off. */
  wallMs(instantMs: number): number {
    const secondMs = Math.floor(instantMs / SECOND_MS) * SECOND_MS
    // The clocks are less than a day ahead, so those of this day show the same day or one beside it.
    const offsetMs = this.evenOffsetMs(secondMs)
    return offsetMs === null ? this.#shownMs(secondMs) : secondMs + offsetMs
  }

  /**
   * The moment at which the clocks show `wallMs`, whole seconds: the first of two where they are set back. Where they are set
   * forward past it, the moment at which they are.
   */
  instantMs(wallMs: number): number {
    const offsetMs = this.evenOffsetMs(wallMs)
    if (offsetMs !== null) return wallMs - offsetMs
    const early = wallMs - this.#offsetMs(wallMs - 2 * DAY_MS)
    const late = wallMs - this.#offsetMs(wallMs + 2 * DAY_MS)
    const fitting = [early, late].filter((instantMs) => this.#shownMs(instantMs) === wallMs)
    return fitting.length > 0 ? Math.min(...fitting) : this.#changeMs(late, early)
  }

  /**
   * How far the clocks are ahead of UTC all through the day that a moment or a wall time is in, and the days beside it; null when
   * they are set about then. No zone sets them twice within four days.
   */
  evenOffsetMs(atMs: number): number | null {
    const day = Math.floor(atMs / DAY_MS)
    const known = this.#offsets.get(day)
    if (known !== undefined) return known
    const [before, after] = [this.#offsetMs((day - 1) * DAY_MS), this.#offsetMs((day + 2) * DAY_MS)]
    const offsetMs = before === after ? before : null
    if (this.#offsets.size >= DAYS_MAX) this.#offsets.clear()
    this.#offsets.set(day, offsetMs)
    return offsetMs
  }

  #shownMs(instantMs: number): number {
    const parts = this.#format.formatToParts(instantMs)
    const [year = 0, month = 1, day, hour, minute, second] = parts
      .filter(({ type }) => type !== 'literal')
      .map(({ value }) => Number(value))
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }

  /** When the clocks change between two moments. */
  #changeMs(beforeMs: number, afterMs: number): number {
    const offsetMs = this.#offsetMs(beforeMs)
    let [before, after] = [beforeMs, afterMs]
    while (after - before > SECOND_MS) {
      const middle = before + Math.floor((after - before) / 2 / SECOND_MS) * SECOND_MS
      if (this.#offsetMs(middle) === offsetMs) before = middle
      else after = middle
    }
    return after
  }

  #offsetMs(instantMs: number): number {
    return this.#shownMs(instantMs) - Math.floor(instantMs / SECOND_MS) * SECOND_MS
  }
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    // A newer Node would take +02:00, too, which an older one in the same fleet does not know.
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(name)
    return new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  } catch (cause) {
    throw new ArgumentError(`there is no time zone '${name}'`, { hint: zoneHint(name), cause })
  }
}

function zoneHint(name: string): string {
  const names = ['UTC', ...Intl.supportedValuesOf('timeZone')]
  // Many leave out the continent.
  const city = names.find((zone) => zone.toLowerCase().endsWith(`/${name.toLowerCase().replaceAll(' ', '_')}`))
  const meant = city ?? closest(name, names)
  const form = 'Zones have names like Europe/Berlin, America/New_York or UTC.'
  return meant === undefined ? form : `Did you mean ${meant}?`
}
