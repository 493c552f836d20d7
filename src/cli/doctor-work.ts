import type { LeaseView } from '../broker/control.js'
import type { JobId } from '../broker/job-store.js'
import type { Sight } from './doctor-view.js'

/** What a doctor wants to know of the work; `--json` prints it as it is. */
export interface Work {
  /** Nodes that announced themselves and whose process may live. */
  readonly workers: readonly { readonly name: string; readonly queue: string }[]
  /** Jobs ready to be taken. */
  readonly waiting: number
  /** Queues in which jobs wait and that nobody works; those with the most first. */
  readonly unworked: readonly { readonly queue: string; readonly waiting: number }[]
  /** The running job that was begun first; null when none runs. */
  readonly oldest: OldestJob | null
  /** Jobs under leases that have ended, which nobody has taken back; null when there is none. */
  readonly ended: EndedLeases | null
  /** Jobs in error because they crashed too often; at most `SET_ASIDE_TOLD_MAX`. */
  readonly setAside: readonly JobId[]
}

/** A running job, and who runs it. */
export interface OldestJob {
  readonly job: JobId
  readonly queue: string
  readonly node: string
  readonly ranMs: number
  /** Its node has ended, as far as this machine can tell. */
  readonly isGone: boolean
}

/** Leases that have ended with jobs under them. */
export interface EndedLeases {
  readonly jobs: number
  /** The queue of the one that ended first, and how long ago that was. */
  readonly queue: string
  readonly agoMs: number
}

/** What the queues, the leases and the nodes of a kitchen tell of its work. */
export function workOf({ kitchen, diagnosis, queues, leases, nodes, gone }: Sight): Work {
  const held = leases.filter(({ jobs }) => jobs.length > 0)
  const standing = held.filter(({ leftMs }) => leftMs > 0)
  const workers = nodes.filter(({ name }) => !gone.has(name)).map(({ name, queue }) => ({ name, queue }))
  // A lease that stands counts, too: its node may have lost only its record.
  const holders = standing.filter(({ node }) => !gone.has(node))
  const worked = new Set([...workers.map(({ queue }) => queue), ...holders.map(({ lease }) => lease.queue)])
  const unworked = queues
    .filter(({ queue, counts }) => counts.ready > 0 && !worked.has(queue))
    .map(({ queue, counts }) => ({ queue, waiting: counts.ready }))
  return {
    workers,
    waiting: queues.reduce((sum, { counts }) => sum + counts.ready, 0),
    unworked: unworked.sort((a, b) => b.waiting - a.waiting),
    oldest: oldestOf(standing, { nowMs: kitchen.nowMs, gone }),
    ended: endedOf(held.filter(({ leftMs }) => leftMs <= 0)),
    setAside: diagnosis.setAside,
  }
}

function oldestOf(
  standing: readonly LeaseView[],
  { nowMs, gone }: { readonly nowMs: number; readonly gone: ReadonlySet<string> },
): OldestJob | null {
  const view = least(standing, ({ takenMs }) => takenMs)
  const [job] = view?.jobs ?? []
  if (view === undefined || job === undefined) return null
  const { node, takenMs, lease } = view
  return { job, queue: lease.queue, node, ranMs: Math.max(0, nowMs - takenMs), isGone: gone.has(node) }
}

function endedOf(ended: readonly LeaseView[]): EndedLeases | null {
  const first = least(ended, ({ leftMs }) => leftMs)
  if (first === undefined) return null
  const jobs = ended.reduce((sum, view) => sum + view.jobs.length, 0)
  return { jobs, queue: first.lease.queue, agoMs: -first.leftMs }
}

function least<Item>(items: readonly Item[], measure: (item: Item) => number): Item | undefined {
  return items.reduce<Item | undefined>(
    (best, item) => (best === undefined || measure(item) < measure(best) ? item : best),
    undefined,
  )
}
