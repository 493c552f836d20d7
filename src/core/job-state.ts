/** Where a job stands. `docs/architecture.md` draws the diagram from {@link TRANSITIONS}. */
export type JobState = 'scheduled' | 'ready' | 'running' | 'done' | 'error' | 'cancelled'

/** Every state, in the order of a job's life. Engines store a state as its index here. */
export const JOB_STATES: readonly JobState[] = ['scheduled', 'ready', 'running', 'done', 'error', 'cancelled']

/**
 * The moves a job may make.
 *
 * `running → scheduled` is a retry or a snooze, `running → ready` a release or an ended lease,
 * `error → ready` and `cancelled → ready` a reset by a person.
 */
export const TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  scheduled: ['ready', 'cancelled'],
  ready: ['running', 'cancelled'],
  running: ['done', 'scheduled', 'ready', 'error', 'cancelled'],
  done: [],
  error: ['ready'],
  cancelled: ['ready'],
}

/** A job that has ended needs no more work; it stays only as history. */
export const hasEnded = (state: JobState): boolean => state === 'done' || state === 'error' || state === 'cancelled'
