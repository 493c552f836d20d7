import type { Broker } from '../../broker/broker.js'
import { goneNodes, readNodes } from '../../queue/presence.js'
import { hasRunEnded, type RunRecord } from '../run-record.js'
import { keptRun } from './run-book.js'

/** In whose hands a run is that has not ended: `left`: the process that had it is gone, or gave it back. `queued`: none has begun it. */
export type RunHands = 'held' | 'left' | 'queued'

/**
 * Finds out which of these runs a process works at. What has ended, or failed and waits to be tried again, is in nobody's hands, and is
 * not in the answer. A process on this machine is known to be gone at once, any other when its lease ends.
 *
 * @throws KitchenError when the store fails.
 */
export async function handsOf(
  broker: Pick<Broker, 'record' | 'records' | 'leases'>,
  runs: readonly RunRecord[],
): Promise<ReadonlyMap<string, RunHands>> {
  const open = runs.filter((run) => !hasRunEnded(run) && run.retryMs === null)
  if (open.length === 0) return new Map()
  const gone = new Set(await goneNodes(await readNodes(broker)))
  const held = new Set<string>()
  for (const queue of new Set(open.map((run) => run.queue))) {
    for (const { lease, leftMs, node } of await broker.leases(queue)) {
      if (leftMs > 0 && !gone.has(node)) held.add(`${lease.queue}/${lease.epoch}`)
    }
  }
  const hands = new Map<string, RunHands>()
  for (const run of open) {
    if (run.lease === null) hands.set(run.id, 'queued')
    else if (held.has(run.lease)) hands.set(run.id, 'held')
    // It may have ended, or been taken over, since its record was read.
    else if (isSame(run, (await keptRun(broker, run))?.record)) hands.set(run.id, 'left')
  }
  return hands
}

const isSame = (run: RunRecord, now: RunRecord | undefined): boolean =>
  now !== undefined && now.lease === run.lease && now.state === run.state && now.retryMs === run.retryMs
