import type { Control, JobQuery, JobView } from '../broker/control.js'
import type { JobId } from '../broker/job-store.js'

/** Which jobs to walk over. */
export type JobWalk = Pick<JobQuery, 'queue' | 'states' | 'after'>

/** Jobs in one page at most, and characters that a page should about hold: one job may be as long as a page. */
const PAGE_JOBS_MAX = 1_000
const PAGE_LENGTH = 4 * 1024 * 1024

/**
 * Walks over jobs by id, oldest first, in pages of at most 1,000: memory stays the same for a million. It is not one
 * snapshot: a job that changes meanwhile is seen as it was when its page was read.
 */
export async function* jobPages(
  control: Control,
  { queue, states, after: start }: JobWalk,
): AsyncGenerator<readonly JobView[]> {
  // A small page first, because nobody knows yet how long the jobs are.
  let countMax = 50
  let after: JobId | undefined = start
  for (;;) {
    const jobs: readonly JobView[] = await control.jobs({
      countMax,
      ...(queue === undefined ? {} : { queue }),
      ...(states === undefined ? {} : { states }),
      ...(after === undefined ? {} : { after }),
    })
    after = jobs.at(-1)?.id
    if (after === undefined) return
    yield jobs
    const length = jobs.reduce((sum, { payload, error, result }) => sum + textLength(payload, error, result), 0)
    countMax = Math.max(1, Math.min(PAGE_JOBS_MAX, Math.floor((PAGE_LENGTH * jobs.length) / Math.max(1, length))))
  }
}

const textLength = (...texts: readonly (string | null)[]): number =>
  texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)
