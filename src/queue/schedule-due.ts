import type { Missed } from './schedule.js'
import type { TickPlan } from './schedule-plan.js'

/** The last tick that is due counts as missed when it is later than this: a change of leaders takes 20 s at most. */
export const LATE_MS = 60_000

/** Ticks that `all` gives at once at most. */
export const GIVEN_MAX = 1_000

/** What is to be done about a schedule that is due. */
export interface DueTicks {
  /** The ticks to give, by their times, oldest first. */
  readonly given: readonly number[]
  /** Ticks that are not given; more than that where `isCounted` is false. */
  readonly missedCount: number
  /** False when there were too many to count. */
  readonly isCounted: boolean
  /** The first that is not due yet; null when there is none any more. */
  readonly nextMs: number | null
}

/** What is asked about a plan. */
export interface DueRequest {
  /** The first tick that is due; at or before `nowMs`. */
  readonly firstMs: number
  readonly nowMs: number
  readonly missed: Missed
  /** Ticks to give at most; 1 to `GIVEN_MAX`. */
  readonly givenMax: number
}

/**
 * Which ticks of a plan are given now.
 *
 * The last one that is due is given, unless it is later than `LATE_MS`. All before it were missed, and it too when it is that late:
 * then `missed` decides. `all` gives the newest `givenMax` at most.
 */
export function dueTicks(plan: TickPlan, { firstMs, nowMs, missed, givenMax }: DueRequest): DueTicks {
  const counted = [firstMs, ...ticksBetween(plan, firstMs, nowMs)]
  const isCounted = counted.length <= GIVEN_MAX
  const ticks = isCounted ? counted : latestTicks(plan, firstMs, nowMs)
  const latestMs = ticks.at(-1) ?? firstMs
  const given =
    missed === 'all' ? ticks.slice(-givenMax) : missed === 'skip' && nowMs - latestMs > LATE_MS ? [] : [latestMs]
  const missedCount = Math.min(counted.length, GIVEN_MAX + 1) - given.length
  return { given, missedCount, isCounted, nextMs: plan.next(latestMs) }
}

/** Ticks after one moment up to another; one more than `GIVEN_MAX` where there are more. */
function ticksBetween(plan: TickPlan, afterMs: number, untilMs: number): readonly number[] {
  const ticks: number[] = []
  for (let at = plan.next(afterMs); at !== null && at <= untilMs; at = plan.next(at)) {
    ticks.push(at)
    if (ticks.length > GIVEN_MAX) break
  }
  return ticks
}

/** The newest ticks, at most `GIVEN_MAX`, of so many that to walk over them all would hold up the process: by halving. */
function latestTicks(plan: TickPlan, firstMs: number, nowMs: number): readonly number[] {
  let [tooMany, none] = [firstMs, nowMs]
  for (;;) {
    const middle = (tooMany + none) / 2
    const found = ticksBetween(plan, middle, nowMs)
    if (found.length === 0) none = middle
    else if (found.length > GIVEN_MAX) tooMany = middle
    else return found
  }
}
