import type { JobId } from '../broker/job-store.js'
import type { Json } from '../core/json.js'
import type { ResultOptions, Results } from './results.js'

/** A job that was sent. */
export class SentJob {
  readonly id: JobId
  /** False: nothing was sent, because this job holds the key already. */
  readonly isNew: boolean
  readonly #results: Results

  constructor(id: JobId, isNew: boolean, results: Results) {
    this.id = id
    this.isNew = isNew
    this.#results = results
  }

  /** Resolves with what its handler returned, as `Kitchen.result` does. Sent within a transaction, it is there once that has committed. */
  result(options?: ResultOptions): Promise<Json | undefined> {
    return this.#results.of(this.id, options)
  }
}
