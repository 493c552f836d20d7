import type { TakenJob } from '../broker/job-store.js'
import { type Json, parseJson } from '../core/json.js'
import type { StopSignal } from './stop-signal.js'

/** What a handler is given. */
export interface Job<Payload = Json> {
  readonly id: string
  readonly queue: string
  readonly payload: Payload
  /** 1 for the first run; failed and crashed runs count. */
  readonly attempt: number
  /** Aborts when the job must stop: its time is up, its lease was lost, or the worker stops. */
  readonly signal: AbortSignal
}

/**
 * Does one job. What it returns is kept as the job's result (nothing: no result); an outcome made by `retry`,
 * `snooze`, `cancel` or `release` says more; a throw is a failure, and backs off. It may run more than once.
 */
export type Handler<Payload = Json> = (job: Job<Payload>) => unknown

/** A job that a worker holds. A class, because its signal is made only when it is asked for. */
export class HeldJob implements Job {
  readonly id: string
  readonly queue: string
  readonly payload: Json
  readonly attempt: number
  readonly #stop: StopSignal

  /** @throws SyntaxError when the payload is not JSON. */
  constructor({ id, attempt, payload, lease }: TakenJob, stop: StopSignal) {
    this.id = id
    this.queue = lease.queue
    this.payload = parseJson(payload)
    this.attempt = attempt
    this.#stop = stop
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }
}
