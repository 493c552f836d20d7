import type { TakenJob } from '../broker/job-store.js'
import { type Json, parseJson } from '../core/json.js'

/** What a job carries; undefined when it is not JSON: another program may have written it. */
export function payloadOf(job: TakenJob): Json | undefined {
  try {
    return parseJson(job.payload)
  } catch {
    return undefined
  }
}
