import type { JobLife } from '../broker/control.js'
import { type Json, parseJson } from '../core/json.js'
import type { JobNotes } from './notes.js'

/** A job as the kitchen has it, with all that is known of its attempts and what its handlers noted. */
export interface KeptJob extends Omit<JobLife, 'payload' | 'result'> {
  readonly payload: Json
  /** undefined: it has none, or not yet. */
  readonly result: Json | undefined
  /** The progress that its handlers told last; null when they told none. */
  readonly progress: Json
  /** The lines that its handlers wrote, oldest first; kept for a day. */
  readonly log: JobNotes['log']
}

/** Joins what is known of a job. */
export function keptJob({ payload, result, ...life }: JobLife, notes: JobNotes | undefined): KeptJob {
  return {
    ...life,
    payload: parseJson(payload),
    result: result === null ? undefined : parseJson(result),
    progress: notes?.progress ?? null,
    log: notes?.log ?? [],
  }
}
