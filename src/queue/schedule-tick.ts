import type { JobId, NewJob, Step } from '../broker/job-store.js'
import { jobOf, type Overlap } from './schedule.js'
import type { Entry } from './schedule-book.js'
import { dueTicks, GIVEN_MAX } from './schedule-due.js'
import { planName } from './schedule-plan.js'
import { TICK_PREFIX, type TickState, WAITING_MAX } from './schedule-state.js'

/** Payload text that one schedule sends at once at most, when many ticks were missed. */
const BYTES_MAX = 16 * 1024 * 1024

/** What one schedule is to do in one step: its jobs are sent and its state is put, both or none. */
export interface PlannedTick {
  readonly name: string
  readonly overlap: Overlap
  readonly step: Step
  readonly state: TickState
  /** The ticks whose jobs are sent, by their times. */
  readonly ticks: readonly number[]
  /** Characters of all payloads. */
  readonly size: number
  readonly missedCount: number
  readonly isMissedCounted: boolean
}

/**
 * What a schedule that is due does.
 *
 * @param isFree Whether the job of the tick before has ended, as far as is known. Asked of schedules that queue only: for those
 * that skip, the store finds out.
 */
export function tickOf(entry: Entry, nowMs: number, isFree: boolean): PlannedTick {
  const { definition, plan, dueMs, state: before } = entry
  const size = JSON.stringify(definition.payload).length
  const givenMax = Math.max(1, Math.min(GIVEN_MAX, Math.floor(BYTES_MAX / size)))
  const due = dueTicks(plan, { firstMs: dueMs ?? nowMs, nowMs, missed: definition.missed, givenMax })
  const { ticks, waiting, overlappedCount } = arranged(entry, due.given, isFree)
  const state: TickState = {
    ...before,
    plan: planName(definition),
    nextMs: due.nextMs,
    lastMs: due.given.at(-1) ?? before.lastMs,
    waiting,
    holder: ticks.length > 0 ? null : before.holder,
    sentCount: before.sentCount + ticks.length,
    missedCount: before.missedCount + due.missedCount,
    overlappedCount: before.overlappedCount + overlappedCount,
  }
  return { ...planned(entry, state, ticks), missedCount: due.missedCount, isMissedCounted: due.isCounted }
}

/** What a schedule does whose ticks wait, now that the job before has ended: the first of them is given. */
export function nextWaitingOf(entry: Entry): PlannedTick {
  const { state } = entry
  const waiting = state.waiting.slice(1)
  const next = { ...state, waiting, holder: null, sentCount: state.sentCount + 1 }
  return planned(entry, next, state.waiting.slice(0, 1))
}

/** The state when it came out that the job before still holds the key, so that the one tick that was sent gave no job. */
export function heldState({ definition, state }: Entry, tickMs: number, holder: JobId): TickState {
  const unsent = { ...state, sentCount: state.sentCount - 1 }
  if (definition.overlap !== 'queue') return { ...unsent, overlappedCount: state.overlappedCount + 1 }
  return { ...unsent, waiting: [tickMs, ...state.waiting], holder }
}

/** The step that puts a state and nothing else. */
export const stateStep = ({ name, version }: Entry, state: TickState): Step => ({
  put: [{ key: TICK_PREFIX + name, value: JSON.stringify(state), expected: version }],
})

interface Arranged extends Pick<TickState, 'waiting' | 'overlappedCount'> {
  readonly ticks: readonly number[]
}

/** Which of the ticks are sent now, which wait, and how many fall away. */
function arranged({ definition, state }: Entry, given: readonly number[], isFree: boolean): Arranged {
  switch (definition.overlap) {
    case 'allow':
      return { ticks: given, waiting: [], overlappedCount: 0 }
    case 'skip':
      // The newest of several; the others would overlap with it.
      return { ticks: given.slice(-1), waiting: [], overlappedCount: Math.max(0, given.length - 1) }
    case 'queue': {
      const line = [...state.waiting, ...given]
      const ticks = isFree ? line.slice(0, 1) : []
      const waiting = line.slice(ticks.length, ticks.length + WAITING_MAX)
      return { ticks, waiting, overlappedCount: line.length - ticks.length - waiting.length }
    }
  }
}

function planned(entry: Entry, state: TickState, ticks: readonly number[]): PlannedTick {
  const { name, definition } = entry
  const send: readonly NewJob[] = ticks.map((tickMs) => jobOf(name, definition, tickMs))
  const size = send.reduce((sum, { payload }) => sum + payload.length, 0)
  const step = { ...stateStep(entry, state), ...(send.length > 0 && { send }) }
  return { name, overlap: definition.overlap, step, state, ticks, size, missedCount: 0, isMissedCounted: true }
}
