import { JOB_STATES, type JobState } from '../../core/job-state.js'

/** How the column `state` stores a state. The numbers stand in the statements and indexes, too: they never change. */
export const STATE_INDEX: Readonly<Record<JobState, number>> = Object.fromEntries(
  JOB_STATES.map((state, index) => [state, index]),
) as Record<JobState, number>

/** What the column `rank` holds for an expedited job: below minus the highest priority. Also in `run-later`. */
export const EXPEDITED_RANK = -1_001
