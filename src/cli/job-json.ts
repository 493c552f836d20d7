import type { JobView } from '../broker/control.js'
import { type Json, type JsonText, parseJson } from '../core/json.js'
import { isTooDeep } from '../core/json-depth.js'

/** A job for programs: its payload and its result are values, and texts only where they are nested too deep to be written again. */
export const jobJson = <View extends JobView>(
  job: View,
): Omit<View, 'payload' | 'result'> & { readonly payload: Json; readonly result: Json } => ({
  ...job,
  payload: jsonOf(job.payload),
  result: job.result === null ? null : jsonOf(job.result),
})

const jsonOf = (text: JsonText): Json => (isTooDeep(text) ? text : parseJson(text))
