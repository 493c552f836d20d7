import { closest } from '../core/closest.js'
import { ArgumentError } from '../core/errors.js'

/** A second, the finest that wall clocks are told apart by here. */
const SECOND_MS = 1_000

const DAY_MS = 86_400_000

/**
 * The clocks on the walls of one IANA time zone, by the rules that this Node knows.
 *
 * A wall time is a number as `Date.UTC` makes it of what the clock shows, in milliseconds.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat
  /** The day that was asked about last: next ticks are asked for one after another. */
  #even: { readonly day: number; readonly offsetMs: number | null } | null = null

  /** @throws ArgumentError when there is no such zone; its hint names the one that was likely meant. */
  constructor(name: string) {
    this.#format = formatOf(name)
  }

  /** What the clocks show at a moment, the fraction of a second cut off. */
  wallMs(instantMs: number): number {
    const parts = this.#format.formatToParts(instantMs)
    const [year = 0, month = 1, day, hour, minute, second] = parts
      .filter(({ type }) => type !== 'literal')
      .map(({ value }) => Number(value))
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }

  /**
   * The moment at which the clocks show `wallMs`, whole seconds: the first of two where they are set back. Where they are set
   * forward past it, the moment at which they are.
   */
  instantMs(wallMs: number): number {
    const day = Math.floor(wallMs / DAY_MS)
    if (this.#even?.day !== day) this.#even = { day, offsetMs: this.#evenOffsetMs(day) }
    const { offsetMs } = this.#even
    return offsetMs === null ? this.#nearChangeMs(wallMs) : wallMs - offsetMs
  }

  /** How far the clocks are ahead of UTC on a day, or null when they are set about then. No zone sets them twice within three days. */
  #evenOffsetMs(day: number): number | null {
    const [before, after] = [this.#offsetMs((day - 1) * DAY_MS), this.#offsetMs((day + 2) * DAY_MS)]
    return before === after ? before : null
  }

  #nearChangeMs(wallMs: number): number {
    const early = wallMs - this.#offsetMs(wallMs - DAY_MS)
    const late = wallMs - this.#offsetMs(wallMs + DAY_MS)
    const fitting = [early, late].filter((instantMs) => this.wallMs(instantMs) === wallMs)
    return fitting.length > 0 ? Math.min(...fitting) : this.#changeMs(late, early)
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
    return this.wallMs(instantMs) - Math.floor(instantMs / SECOND_MS) * SECOND_MS
  }
}

/** Made once for each zone: a format takes tens of kilobytes, and many schedules share a zone. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(name: string): Intl.DateTimeFormat {
  const format = formats.get(name) ?? makeFormat(name)
  formats.set(name, format)
  return format
}

function makeFormat(name: string): Intl.DateTimeFormat {
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
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')]
  // Many leave out the continent.
  const city = zones.find((zone) => zone.toLowerCase().endsWith(`/${name.toLowerCase().replaceAll(' ', '_')}`))
  const meant = city ?? closest(name, zones)
  const names = 'Zones have names like Europe/Berlin, America/New_York or UTC.'
  return meant === undefined ? names : `Did you mean ${meant}?`
}
