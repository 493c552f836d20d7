import { createRequire } from 'node:module'
import type { Cron } from 'croner'
import { ArgumentError } from '../core/errors.js'
import type { TickPlan } from './schedule-plan.js'
import { type Zone, zoneNamed } from './schedule-zone.js'

/** Characters of a cron line at most. */
const LINE_MAX = 500

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** The fields of a line, from the right, since seconds may be left out. */
const FIELDS: readonly { readonly name: string; readonly bounds: string }[] = [
  { name: 'day of the week', bounds: '0 to 7 or SUN to SAT, both 0 and 7 being Sunday: like 1-5, MON, FRI#2 or 5L' },
  { name: 'month', bounds: '1 to 12 or JAN to DEC: like 1-3, DEC or */3' },
  { name: 'day of the month', bounds: '1 to 31, L for the last: like 1, 15, 1-7 or 15W' },
  { name: 'hour', bounds: '0 to 23: like 2, 8-17, 0,12 or */6' },
  { name: 'minute', bounds: '0 to 59: like 30, 0,30, 10-20 or */5' },
  { name: 'second', bounds: '0 to 59: like 0, 0,30 or */10' },
]

/** croner's constructor, once a cron line was met: a program without one does not pay for it. */
let loading: Promise<typeof Cron> | undefined

/**
 * The ticks of a cron line in a time zone.
 *
 * Where clocks are set forward, times that do not exist tick once, at the moment of the change; where they are set back, times
 * that come twice tick once, the first time. A line whose hour is `*` ticks each time that its minute and second come,
 * in the hour that comes twice too (docs/schedules.md).
 *
 * @param line Five fields, or six with seconds in front; or a nickname such as `@daily`.
 * @param zone An IANA name.
 * @throws ArgumentError that says which field is wrong, or that there is no such zone.
 */
export async function cronPlan(line: string, zone: string): Promise<TickPlan> {
  loading ??= import('croner').then((croner) => croner.Cron)
  const Pattern = await loading
  const name = JSON.stringify([line, zone])
  const plan = plans.get(name) ?? makePlan(Pattern, line, zone)
  if (plans.size >= PLANS_MAX) plans.clear()
  plans.set(name, plan)
  return plan
}

/**
 * Checks a line where nobody can wait for the library to load.
 *
 * @throws ArgumentError that says which field is wrong.
 */
export function checkCronLine(line: string): void {
  const croner = createRequire(import.meta.url)('croner') as { readonly Cron: typeof Cron }
  patternOf(croner.Cron, { line, fields: fieldsOf(line), where: { utcOffset: 0 } })
}

/** Plans that are remembered: of ten thousand schedules many share a line. */
const PLANS_MAX = 1_000
const plans = new Map<string, TickPlan>()

function makePlan(Pattern: typeof Cron, line: string, zone: string): TickPlan {
  const fields = fieldsOf(line)
  const clocks = zoneNamed(zone)
  // croner takes six times as long for a named zone as for an offset, even for UTC.
  const walls = patternOf(Pattern, { line, fields, where: { utcOffset: 0 } })
  if (fields.at(-4) !== '*') return new WallTicks(walls, clocks)
  return new PassingTicks(walls, clocks, () => patternOf(Pattern, { line, fields, where: { timezone: zone } }))
}

/** Every hour: time passes evenly, whatever the clocks on the walls are set to. */
class PassingTicks implements TickPlan {
  readonly everyMs = null
  readonly #walls: Cron
  readonly #zone: Zone
  readonly #makeInstants: () => Cron
  #instants: Cron | null = null

  /** @param makeInstants Makes the same pattern in the zone, for days on which the clocks are set. */
  constructor(walls: Cron, zone: Zone, makeInstants: () => Cron) {
    this.#walls = walls
    this.#zone = zone
    this.#makeInstants = makeInstants
  }

  next(afterMs: number): number | null {
    const wallMs = nextOf(this.#walls, this.#zone.wallMs(afterMs))
    if (wallMs === null) return null
    const offsetMs = this.#zone.evenOffsetMs(wallMs)
    if (offsetMs !== null && this.#zone.evenOffsetMs(afterMs) !== null) return wallMs - offsetMs
    this.#instants ??= this.#makeInstants()
    return nextOf(this.#instants, afterMs)
  }
}

/** Certain hours: the pattern is of wall times, and each comes to one moment. */
class WallTicks implements TickPlan {
  readonly everyMs = null
  readonly #walls: Cron
  readonly #zone: Zone

  constructor(walls: Cron, zone: Zone) {
    this.#walls = walls
    this.#zone = zone
  }

  next(afterMs: number): number | null {
    let wallMs = nextOf(this.#walls, this.#zone.wallMs(afterMs))
    while (wallMs !== null) {
      const instantMs = this.#zone.instantMs(wallMs)
      // In an hour that comes for the second time, wall times are those of the first.
      if (instantMs > afterMs) return instantMs
      wallMs = nextOf(this.#walls, wallMs)
    }
    return null
  }
}

const nextOf = (pattern: Cron, afterMs: number): number | null => pattern.nextRun(new Date(afterMs))?.getTime() ?? null

interface Line {
  readonly line: string
  readonly fields: readonly string[]
  readonly where: { readonly timezone: string } | { readonly utcOffset: 0 }
}

function fieldsOf(line: string): readonly string[] {
  if (line.length > LINE_MAX) throw new ArgumentError(`a cron line has at most ${LINE_MAX} characters`)
  const nickname = NICKNAMES[line.trim().toLowerCase()]
  if (line.trim().startsWith('@') && nickname === undefined) {
    const hint = `There are ${Object.keys(NICKNAMES).join(', ')}.`
    throw new ArgumentError(`cron line '${line}' is no nickname that Hob knows`, { hint })
  }
  const fields = (nickname ?? line).trim().split(/\s+/)
  if (fields.length === 5 || fields.length === 6) return fields
  throw new ArgumentError(`cron line '${line}' has ${line.trim() === '' ? 0 : fields.length} fields`, {
    hint: 'It needs five: minute, hour, day of the month, month, day of the week; or six, with the second in front.',
  })
}

function patternOf(Pattern: typeof Cron, { line, fields, where }: Line): Cron {
  const parse = (text: string): Cron => new Pattern(text, { mode: '5-or-6-parts', ...where })
  try {
    return parse(fields.join(' '))
  } catch (cause) {
    // Which field it is, the library says in words only; so each is tried alone.
    const at = fields.findIndex((field, place) =>
      fails(parse, fields.map((_, other) => (other === place ? field : '*')).join(' ')),
    )
    const spec = FIELDS[fields.length - 1 - at]
    if (at < 0 || spec === undefined) throw new ArgumentError(`cron line '${line}' cannot be understood`, { cause })
    throw new ArgumentError(`cron line '${line}': its ${spec.name} cannot be '${fields[at]}'`, {
      hint: `The ${spec.name} is * or ${spec.bounds}.`,
      cause,
    })
  }
}

function fails(parse: (text: string) => Cron, text: string): boolean {
  try {
    parse(text)
    return false
  } catch {
    return true
  }
}
