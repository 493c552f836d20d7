import type { Outcome } from '../broker/job-store.js'

/** An outcome as a value: what a handler returns to say more than "done". */
export class HandlerOutcome {
  readonly kind: 'retry' | 'snooze' | 'fail' | 'cancel' | 'release'
  readonly inMs: number | undefined
  readonly reason: string

  constructor(kind: HandlerOutcome['kind'], { inMs, reason = '' }: { inMs?: number; reason?: string } = {}) {
    this.kind = kind
    this.inMs = inMs
    this.reason = reason
  }
}

/** It failed: run it again, after `inMs` or else after the queue's backoff. Counts as a failure. */
export const retry = (options: { readonly inMs?: number; readonly reason?: string } = {}): HandlerOutcome =>
  new HandlerOutcome('retry', options)

/** Not now: run it again after `inMs`. Nothing is counted. */
export const snooze = (options: { readonly inMs: number }): HandlerOutcome => new HandlerOutcome('snooze', options)

/** It failed for good: it is in error, whatever attempts are left, and `reason` stays with it. */
export const fail = (reason: string): HandlerOutcome => new HandlerOutcome('fail', { reason })

/** It shall never run again; `reason` stays with it. */
export const cancel = (reason: string): HandlerOutcome => new HandlerOutcome('cancel', { reason })

/** Somebody else shall do it: back to its place in the line at once. Nothing is counted. */
export const release = (): HandlerOutcome => new HandlerOutcome('release')

/** The outcomes that a failed attempt can have: another attempt, or the end. */
export type FailedOutcome = Extract<Outcome, { kind: 'retry' | 'error' }>
