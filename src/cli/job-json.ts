import type { JobView } from '../broker/control.js'
import { type Json, parseJson } from '../core/json.js'

/** A job for programs: its payload and its result are values, and no texts. */
export const jobJson = <View extends JobView>(
  job: View,
): Omit<View, 'payload' | 'result'> & { readonly payload: Json; readonly result: Json } => ({
  ...job,
  payload: parseJson(job.payload),
  result: job.result === null ? null : parseJson(job.result),
})
