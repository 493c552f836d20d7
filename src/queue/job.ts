import type { Json } from '../core/json.js'

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
