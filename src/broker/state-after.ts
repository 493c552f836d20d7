import type { JobState } from '../core/job-state.js'
import type { Outcome } from './job-store.js'

/** Where an outcome leaves its job. */
export function stateAfter(outcome: Outcome): JobState {
  switch (outcome.kind) {
    case 'retry':
    case 'snooze':
      return outcome.inMs > 0 ? 'scheduled' : 'ready'
    case 'release':
      return 'ready'
    case 'cancel':
      return 'cancelled'
    default:
      return outcome.kind
  }
}
