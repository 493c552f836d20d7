import type { Outcome, TakenJob } from '../broker/job-store.js'
import { ArgumentError } from '../core/errors.js'
import { type Json, type JsonText, parseJson } from '../core/json.js'
import { doneOutcome } from './job.js'

/** What a job carries; undefined when it is not JSON: another program may have written it. */
export function payloadOf(job: TakenJob): Json | undefined {
  try {
    return parseJson(job.payload)
  } catch {
    return undefined
  }
}

/** The outcome of a marble that is done. @throws ArgumentError when JSON cannot hold the result. */
export function doneWith(result: Json | undefined): Outcome {
  try {
    return doneOutcome(result)
  } catch (cause) {
    throw new ArgumentError('JSON cannot hold this result', { cause })
  }
}

/** A payload as text. @throws ArgumentError when JSON cannot hold it. */
export function textOf(data: Json): JsonText {
  try {
    const text = JSON.stringify(data)
    if (text !== undefined) return text
  } catch (cause) {
    throw new ArgumentError('JSON cannot hold this payload', { cause })
  }
  throw new ArgumentError(`JSON cannot hold a payload of type ${typeof data}`)
}
