import type { Broker } from '../broker/broker.js'
import type { KitchenView, LeaseView, QueueSummary } from '../broker/control.js'
import { doesJobs, goneNodes, type NodePresence, readNodes } from '../queue/presence.js'

/** What `hob status` knows; `--json` prints it as it is. Times are milliseconds. */
export interface StatusView {
  readonly kitchen: KitchenView
  readonly queues: readonly QueueStatus[]
  readonly nodes: readonly NodeStatus[]
}

/** A queue, how fast it goes and when it will be empty. */
export interface QueueStatus extends Pick<QueueSummary, 'queue' | 'counts' | 'isPaused'> {
  /** Jobs that ended, per second, over the last minute at most. */
  readonly perSecond: number
  /** Until it is empty at this rate; null when it is empty or stands still. */
  readonly leftMs: number | null
  /** How long the oldest running job has run; null when none does. */
  readonly oldestRunningMs: number | null
}

/** A node that announced itself, or at least holds a lease. */
export interface NodeStatus {
  readonly name: string
  readonly queue: string
  /** Jobs that it holds now. */
  readonly running: number
  /** Until its last lease ends unless it is renewed; null when it holds none. */
  readonly leaseLeftMs: number | null
  /** Its process has ended, as far as this machine can tell. */
  readonly isGone: boolean
  /** What it tells of itself; null when it has not announced itself. */
  readonly presence: NodePresence | null
}

/**
 * Looks at a kitchen: counters, the leases of queues where something runs, and presence. Never at jobs.
 *
 * @param queue Only this one; absent: all.
 */
export async function viewStatus(broker: Broker, queue?: string): Promise<StatusView> {
  const [kitchen, all, nodes] = await Promise.all([broker.describe(), broker.queues(), readNodes(broker)])
  const shown = all.filter((summary) => queue === undefined || summary.queue === queue)
  const busy = shown.filter(({ counts }) => counts.running > 0)
  const leases = (await Promise.all(busy.map((summary) => broker.leases(summary.queue)))).flat()
  const gone = await goneNodes(nodes)
  const announced = nodes.filter(doesJobs).filter((node) => queue === undefined || node.queue === queue)
  return {
    kitchen,
    queues: shown.map((summary) => statusOfQueue(summary, { leases, nowMs: kitchen.nowMs })),
    nodes: statusOfNodes(announced, { leases, gone }),
  }
}

/** Rate, time to go and oldest running of one queue. */
export function statusOfQueue(
  { queue, counts, recent, isPaused }: QueueSummary,
  { leases, nowMs }: { readonly leases: readonly LeaseView[]; readonly nowMs: number },
): QueueStatus {
  const perSecond = recent.seconds > 0 ? recent.ended / recent.seconds : 0
  const left = counts.ready + counts.scheduled + counts.running
  const takenMs = leases
    .filter((view) => view.lease.queue === queue && view.jobs.length > 0)
    .map((view) => view.takenMs)
  return {
    queue,
    counts,
    isPaused,
    perSecond,
    leftMs: left > 0 && perSecond > 0 ? Math.round((left / perSecond) * 1_000) : null,
    oldestRunningMs: takenMs.length > 0 ? Math.max(0, nowMs - Math.min(...takenMs)) : null,
  }
}

/** Joins what nodes tell of themselves with the leases that they hold; a node without either is not there. */
export function statusOfNodes(
  announced: readonly NodePresence[],
  { leases, gone }: { readonly leases: readonly LeaseView[]; readonly gone: readonly string[] },
): readonly NodeStatus[] {
  const strangers = leases
    .filter((view) => !announced.some((node) => node.name === view.node && node.queue === view.lease.queue))
    .map((view) => ({ name: view.node, queue: view.lease.queue, presence: null }))
  const known = announced.map((node) => ({ name: node.name, queue: node.queue, presence: node }))
  const nodes = new Map([...known, ...strangers].map((node) => [`${node.queue}\n${node.name}`, node]))
  return [...nodes.values()].map((node) => {
    const held = leases.filter((view) => view.node === node.name && view.lease.queue === node.queue)
    return {
      ...node,
      running: held.reduce((sum, view) => sum + view.jobs.length, 0),
      leaseLeftMs: held.length > 0 ? Math.max(...held.map((view) => view.leftMs)) : null,
      isGone: gone.includes(node.name),
    }
  })
}
