import type { JobLife, JobView } from '../broker/control.js'
import { type Json, parseJson } from '../core/json.js'
import type { JobNotes } from './notes.js'

/** A job as the kitchen lists it. */
export interface ListedJob extends Omit<JobView, 'payload' | 'result'> {
  readonly payload: Json
  /** undefined: it has none, or not yet. */
  readonly result: Json | undefined
}

/** A job as the kitchen has it, with all that is known of its attempts and what its handlers noted. */
export interface KeptJob extends ListedJob, Pick<JobLife, 'history' | 'lease'> {
  /** The progress that its handlers told last; null when they told none. */
  readonly progress: Json
  /** The lines that its handlers wrote, oldest first; kept for a day. */
  readonly log: JobNotes['log']
}

/** Reads the texts of a job that was listed. */
export function listedJob<View extends JobView>(
  job: View,
): Omit<View, 'payload' | 'result'> & Pick<ListedJob, 'payload' | 'result'> {
  const { payload, result } = job
  return { ...job, payload: parseJson(payload), result: result === null ? undefined : parseJson(result) }
}

/** Joins what is known of a job. */
export const keptJob = (life: JobLife, notes: JobNotes | undefined): KeptJob => ({
  ...listedJob(life),
  progress: notes?.progress ?? null,
  log: notes?.log ?? [],
})
