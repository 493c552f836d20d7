import type { Broker } from '../broker/broker.js'
import type { KitchenView, LeaseView, QueueSummary } from '../broker/control.js'
import type { Diagnosis, Examination } from '../broker/diagnosis.js'
import { doesJobs, goneNodes, type NodePresence, readNodes } from '../queue/presence.js'

/** What a doctor sees of any kitchen, whatever its engine. */
export interface Sight {
  readonly kitchen: KitchenView
  readonly diagnosis: Diagnosis
  readonly trips: Trips
  readonly queues: readonly QueueSummary[]
  /** Of queues where something runs. */
  readonly leases: readonly LeaseView[]
  /** Nodes that announced themselves. */
  readonly nodes: readonly NodePresence[]
  /** The names of those whose process has ended, as far as this machine can tell. */
  readonly gone: ReadonlySet<string>
}

/** What some round trips to the store told. */
export interface Trips {
  /** The median of what reading one record takes. */
  readonly latencyMs: number
  /** How far the store's clock is ahead of this host's; negative: behind. */
  readonly clockOffsetMs: number
  /** The offset may be wrong by this much, since nobody knows which half of a trip was the longer one. */
  readonly clockDoubtMs: number
}

/** The two clocks of this host: one for moments, one that only runs forward, for durations. */
export interface HostClock {
  readonly nowMs: () => number
  readonly elapsedMs: () => number
}

/** Enough for a median that one pause does not move. */
const TRIPS = 9

/** A slow store is known to be slow after a few of them. */
const TRIPS_MS_MAX = 2_000

/** Queues whose leases are looked at: those where most runs. */
const QUEUES_MAX = 1_000

/**
 * Looks at a kitchen without changing it: settings, round trips, counters, leases and presence; never at the jobs, so it
 * takes no longer when there are millions.
 */
export async function lookAt(broker: Broker, examination: Examination, clock: HostClock): Promise<Sight> {
  // First, alone: what runs beside it would be measured with it.
  const trips = await measureTrips(broker, clock)
  const [kitchen, diagnosis, queues, nodes] = await Promise.all([
    broker.describe(),
    broker.diagnose(examination),
    broker.queues(),
    readNodes(broker),
  ])
  const busy = queues.filter(({ counts }) => counts.running > 0).sort((a, b) => b.counts.running - a.counts.running)
  const leases = await Promise.all(busy.slice(0, QUEUES_MAX).map(({ queue }) => broker.leases(queue)))
  const gone = new Set(await goneNodes(nodes))
  return { kitchen, diagnosis, trips, queues, leases: leases.flat(), nodes: nodes.filter(doesJobs), gone }
}

/** Reads the store's clock and a record that is not there, some times one after the other, 2 s at most for each. */
export async function measureTrips(
  broker: Pick<Broker, 'describe' | 'record'>,
  { nowMs, elapsedMs }: HostClock,
): Promise<Trips> {
  const reads: number[] = []
  const readings: { readonly offsetMs: number; readonly doubtMs: number }[] = []
  await repeat(elapsedMs, async () => {
    const startedMs = elapsedMs()
    await broker.record('doctor')
    reads.push(elapsedMs() - startedMs)
  })
  await repeat(elapsedMs, async () => {
    const [beforeMs, startedMs] = [nowMs(), elapsedMs()]
    const { nowMs: storeMs } = await broker.describe()
    const doubtMs = (elapsedMs() - startedMs) / 2
    readings.push({ offsetMs: storeMs - beforeMs - doubtMs, doubtMs })
  })
  // The shortest trip leaves the least room for error (as in NTP, RFC 5905, section 10).
  const best = readings.reduce((a, b) => (b.doubtMs < a.doubtMs ? b : a))
  return {
    latencyMs: medianOf(reads),
    clockOffsetMs: Math.round(best.offsetMs),
    clockDoubtMs: Math.ceil(best.doubtMs),
  }
}

async function repeat(elapsedMs: () => number, trip: () => Promise<void>): Promise<void> {
  const startedMs = elapsedMs()
  for (let count = 0; count < TRIPS && (count === 0 || elapsedMs() - startedMs < TRIPS_MS_MAX); count++) await trip()
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
