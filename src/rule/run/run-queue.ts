import type { KitchenParts } from '../../queue/kitchen-parts.js'
import { LivePolicy } from '../../queue/live-policy.js'
import { nodeRecord } from '../../queue/node.js'
import { FOR_EVER, type PatienceMs } from '../../queue/patience.js'
import { type Run, Worker } from '../../queue/worker.js'

/** How the jobs of runs are worked. */
export interface RunQueueOptions {
  readonly queue: string
  readonly run: Run
  /** Runs at once. */
  readonly concurrency: number
  readonly leaseMs: number
  readonly name: string
  readonly onFault: (error: unknown) => void
  /** How long a kitchen that fails is waited for; for ever unless given. */
  readonly patienceMs?: PatienceMs
}

/** What is kept of ended jobs: the records of runs tell more. */
const KEEP = { doneMax: 100, errorMax: 100 }

/** A worker of runs, not started yet. A `Queue` will not do, for a run settles its job itself, together with its records. */
export function runQueueWorker(parts: KitchenParts, options: RunQueueOptions): Worker {
  const { queue, run, concurrency, leaseMs, name, onFault, patienceMs = FOR_EVER } = options
  const policy = new LivePolicy([{ keep: KEEP }], { queue, watch: parts.policies, onFault })
  const counts = { done: 0, failed: 0 }
  return new Worker(
    {
      queue,
      node: name,
      concurrency,
      overlap: 0,
      leaseMs,
      takeMax: Number.POSITIVE_INFINITY,
      hungMs: null,
      keep: () => policy.keep,
      patienceMs,
      onIdle: async () => ({ mostMs: Number.POSITIVE_INFINITY }),
    },
    {
      broker: parts.broker,
      heartbeat: parts.heartbeat,
      cancellations: parts.cancellations,
      watched: { begin: () => policy.begin(), end: () => policy.end() },
      run,
      events: {
        onFault,
        onSettled: (_job, { outcome }, result) => {
          if (result === 'done' && outcome.kind === 'done') counts.done++
          if (result === 'done' && outcome.kind === 'error') counts.failed++
        },
      },
      presence: nodeRecord({ name, role: 'worker', queue, concurrency }, counts),
    },
  )
}
