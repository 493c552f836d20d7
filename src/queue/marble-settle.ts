import type { Outcome, Step } from '../broker/job-store.js'
import { stateAfter } from '../broker/state-after.js'
import { hasEnded } from '../core/job-state.js'
import type { HeldMarble } from './held-marble.js'
import type { MarbleParts } from './marble-options.js'
import { commitElevated } from './outbox.js'
import { type Patience, withPatience } from './patience.js'
import { wasDone } from './settler.js'

/** What leaves together with an outcome. */
export type Along = Pick<HeldMarble, 'send' | 'elevate'>

const NOTHING: Along = { send: [], elevate: [] }

/** The end of a marble. */
export interface MarbleEnd {
  readonly held: HeldMarble
  readonly outcome: Outcome
  readonly along: Along | undefined
  /** Who settles, as the store names it. */
  readonly node: string
}

/**
 * Settles a marble in one step with what leaves along with it, and with what a wish to cancel it has left.
 *
 * @throws LeaseLostError when the outcome was refused: then nothing of the step was done, and the marble is lost.
 */
export async function settleMarble(
  { broker, cancellations }: MarbleParts,
  { held, outcome, along = NOTHING, node }: MarbleEnd,
  patience: Patience,
): Promise<void> {
  if (held.isLost) throw held.lostError()
  const { job, ranMs, output } = held
  const report = output === undefined ? { ranMs } : { ranMs, output }
  const settle = { job: job.id, lease: job.lease, outcome, ...(outcome.kind !== 'release' && { report }) }
  const cancelled = hasEnded(stateAfter(outcome)) ? cancellations.putOf(job.lease.queue, job.id) : undefined
  const step: Step = {
    settle,
    ...(along.send.length > 0 && { send: along.send }),
    ...(cancelled !== undefined && { put: [cancelled] }),
  }
  let tries = 0
  const commit = () => {
    tries++
    return commitElevated(broker, step, along.elevate)
  }
  const { kind } = await withPatience(commit, patience)
  if (kind === 'lost') {
    const refused = { settle, node, crashes: job.attempt - 1 - job.failures }
    const isDone = tries > 1 && (await wasDone(broker, refused, patience))
    if (!isDone) {
      held.lose()
      throw held.lostError()
    }
  }
  if (cancelled !== undefined) cancellations.forget(job.id)
}
