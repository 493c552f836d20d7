import { JOB_STATES, type JobState } from '../../core/job-state.js'

/** How the column `state` stores a state. The numbers stand in the statements and indexes, too: they never change. */
export const STATE_INDEX: Readonly<Record<JobState, number>> = Object.fromEntries(
  JOB_STATES.map((state, index) => [state, index]),
) as Record<JobState, number>

/** What the column `rank` holds for an expedited job: below minus the highest priority. */
export const EXPEDITED_RANK = -1_001

/** Lanes that each queue has besides those of its ranks: see the table `lane`. A paused queue has -2000, too. */
export const LANES = { scheduled: 2_000, leases: 2_001, done: 2_003, unwell: 2_004, tally: 2_010 } as const

/** A job that may crash but once more waits in the lane of its rank plus this. */
export const SUSPECT_LANES = 5_000
