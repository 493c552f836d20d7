import type { ScheduleDefinition } from './schedule.js'

/** When a schedule ticks, on the store's clock. */
export interface TickPlan {
  /** The first tick after a moment, both in milliseconds since 1970; null when there is none any more. */
  next(afterMs: number): number | null
  /** How far two ticks lie apart; null where that differs, as with cron. */
  readonly everyMs: number | null
}

/**
 * The plan that a definition asks for.
 *
 * @throws ArgumentError when its cron line or its zone makes no sense here.
 */
export async function planOf({ cron, zone, everyMs, fromMs }: ScheduleDefinition): Promise<TickPlan> {
  if (everyMs !== null) return new IntervalTicks(everyMs, fromMs ?? 0)
  // Loaded late, with the library behind it: a program whose schedules are all intervals needs neither.
  const { cronPlan } = await import('./cron.js')
  return cronPlan(cron ?? '', zone ?? 'UTC')
}

/** What names a plan: two definitions with the same name tick at the same moments. */
export const planName = ({ cron, zone, everyMs, fromMs }: ScheduleDefinition): string =>
  everyMs === null ? `cron ${cron} ${zone}` : `every ${everyMs} from ${fromMs}`

/** The first tick of a schedule from `nowMs` on; null while it is paused, or when there is none. */
export function firstTickMs({ isPaused, fromMs }: ScheduleDefinition, plan: TickPlan, nowMs: number): number | null {
  if (isPaused) return null
  return fromMs !== null && fromMs > nowMs ? fromMs : plan.next(nowMs)
}

/** Ticks a fixed time apart; one of them at `fromMs`, and so on before and after it. */
class IntervalTicks implements TickPlan {
  readonly everyMs: number
  readonly #fromMs: number

  constructor(everyMs: number, fromMs: number) {
    this.everyMs = everyMs
    this.#fromMs = fromMs
  }

  next(afterMs: number): number {
    return this.#fromMs + (Math.floor((afterMs - this.#fromMs) / this.everyMs) + 1) * this.everyMs
  }
}
