import type { Json } from '../core/json.js'
import { Attempt, type AttemptWork } from './attempt.js'
import type { Handler } from './job.js'
import { type Read, readPayload } from './payload.js'
import type { StandardSchema } from './standard-schema.js'
import type { Run } from './worker.js'

/** Makes of a handler what a worker runs. */
export function runHandler(handler: Handler, work: AttemptWork): Run {
  const { schema } = work
  return (job, stop, end) => {
    const attempt = new Attempt(work, job, stop, end)
    attempt.begin()
    if (schema === null) call(handler, attempt)
    else callChecked(handler, attempt, schema)
  }
}

/** A handler that throws at once fails like one that rejects. No async function: each takes 800 bytes a call. */
function call(handler: Handler, attempt: Attempt): void {
  try {
    Promise.resolve(handler(attempt.held)).then(
      (value) => attempt.ended(value),
      (error) => attempt.failed(error),
    )
  } catch (error) {
    attempt.failed(error)
  }
}

/** Reads the payload first; a schema that answers at once costs no promise. */
function callChecked(handler: Handler, attempt: Attempt, schema: StandardSchema): void {
  const proceed = (read: Read) => {
    if (accept(attempt, read)) call(handler, attempt)
  }
  try {
    const read = readPayload(schema, attempt.held.payload as Json)
    if (read instanceof Promise) read.then(proceed, (error) => attempt.failed(error))
    else proceed(read)
  } catch (error) {
    attempt.failed(error)
  }
}

/** Whether the handler may have the job; if not, the attempt is over. */
export function accept(attempt: Attempt, read: Read): boolean {
  if (read.isFit) attempt.held.show(read.payload)
  else attempt.unfit(read.reason)
  return read.isFit && !attempt.isOver
}
