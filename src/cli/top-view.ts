import type { Broker } from '../broker/broker.js'
import type { JobView } from '../broker/control.js'
import { BATCH_MAX } from '../core/limits.js'
import { type NodeStatus, type QueueStatus, viewStatus } from './status-view.js'

/** What `hob top` knows at one moment; `--json` prints it as it is. */
export interface TopView {
  readonly place: string
  /** On the store's clock. */
  readonly nowMs: number
  readonly queues: readonly TopQueue[]
  readonly nodes: readonly NodeStatus[]
}

/** A queue on the move. */
export interface TopQueue extends Pick<QueueStatus, 'queue' | 'counts' | 'isPaused'> {
  /** Jobs that came, per second, since the first look but at most a minute; null at the first one. */
  readonly inPerSecond: number | null
  /** Jobs that ended, per second, over the last minute at most. */
  readonly outPerSecond: number
  /** How long the ready job that has been due the longest has been so; null when none is ready, or the queue is not shown. */
  readonly oldestReadyMs: number | null
  /** Of the jobs that were done in the last minute; null when there is none, too much history to look through, or as above. */
  readonly latency: Latency | null
}

/** Times of jobs, milliseconds. */
export interface Latency {
  /** From when a job was due to its start. */
  readonly waited: Percentiles
  /** From its start to its end. */
  readonly ran: Percentiles
}

/** Half of them are no longer than `p50Ms`, and 95 of 100 no longer than `p95Ms`. */
export interface Percentiles {
  readonly p50Ms: number
  readonly p95Ms: number
}

const WINDOW_MS = 60_000

/** With more done jobs than this kept, looking at them is no longer cheap. */
const HISTORY_MAX = 1_000

/** Jobs themselves are looked at so often at most, and for a twentieth of the time. */
const CLOSE_LOOK_MS = 1_000
const CLOSE_LOOK_SHARE = 20

interface Sample {
  readonly atMs: number
  readonly backlog: number
}

type Close = Pick<TopQueue, 'oldestReadyMs' | 'latency'>

/** Looks at a kitchen again and again, and remembers what it saw: rates are differences. */
export class TopLooker {
  readonly #broker: Broker
  readonly #samples = new Map<string, readonly Sample[]>()
  #close: ReadonlyMap<string, Close> = new Map()
  #nextCloseMs = 0

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /**
   * @param rowsMax Queues that are shown at most: their jobs are looked at, those of others are not.
   * @throws KitchenError when the store fails; the next look goes on.
   */
  async look(rowsMax: number = Number.POSITIVE_INFINITY): Promise<TopView> {
    const { kitchen, queues, nodes } = await viewStatus(this.#broker)
    const shown = busyFirst(queues, ({ perSecond }) => perSecond).slice(0, rowsMax)
    await this.#lookClosely(shown, kitchen.nowMs)
    return {
      place: kitchen.place,
      nowMs: kitchen.nowMs,
      queues: queues.map((status) => this.#queueOf(status, kitchen.nowMs)),
      nodes,
    }
  }

  #queueOf({ queue, counts, isPaused, perSecond }: QueueStatus, nowMs: number): TopQueue {
    const backlog = counts.ready + counts.scheduled + counts.running
    const samples = [...(this.#samples.get(queue) ?? []), { atMs: nowMs, backlog }].filter(
      ({ atMs }) => nowMs - atMs <= WINDOW_MS,
    )
    this.#samples.set(queue, samples)
    const close = this.#close.get(queue)
    return {
      queue,
      counts,
      isPaused,
      inPerSecond: rateIn(samples, perSecond),
      outPerSecond: perSecond,
      oldestReadyMs: counts.ready > 0 ? (close?.oldestReadyMs ?? null) : null,
      latency: close?.latency ?? null,
    }
  }

  /** What takes its time is done the more seldom. */
  async #lookClosely(queues: readonly QueueStatus[], nowMs: number): Promise<void> {
    const startedMs = performance.now()
    if (startedMs < this.#nextCloseMs) return
    const oldest = await this.#oldestReady(queues.filter(({ counts }) => counts.ready > 0).map(({ queue }) => queue))
    const entries: [string, Close][] = []
    for (const status of queues) {
      const dueMs = oldest.get(status.queue) ?? null
      const oldestReadyMs = dueMs === null ? null : Math.max(0, nowMs - dueMs)
      entries.push([status.queue, { oldestReadyMs, latency: await this.#latencyOf(status, nowMs) }])
    }
    this.#close = new Map(entries)
    const endedMs = performance.now()
    this.#nextCloseMs = endedMs + Math.max(CLOSE_LOOK_MS, CLOSE_LOOK_SHARE * (endedMs - startedMs))
  }

  async #oldestReady(queues: readonly string[]): Promise<ReadonlyMap<string, number | null>> {
    const oldest = new Map<string, number | null>()
    for (let from = 0; from < queues.length; from += BATCH_MAX) {
      const part = queues.slice(from, from + BATCH_MAX)
      for (const [at, dueMs] of (await this.#broker.oldestReady(part)).entries()) oldest.set(part[at] ?? '', dueMs)
    }
    return oldest
  }

  async #latencyOf({ queue, counts, perSecond }: QueueStatus, nowMs: number): Promise<Latency | null> {
    if (perSecond === 0 || counts.done === 0 || counts.done > HISTORY_MAX) return null
    return latencyOf(await this.#broker.jobs({ queue, states: ['done'], countMax: HISTORY_MAX }), nowMs - WINDOW_MS)
  }
}

/** Queues in their order, but those in which nothing waits, runs or ended in the last minute last. */
export function busyFirst<Q extends Pick<QueueStatus, 'counts'>>(
  queues: readonly Q[],
  perSecond: (queue: Q) => number,
): readonly Q[] {
  const isIdle = (queue: Q): boolean =>
    queue.counts.ready + queue.counts.scheduled + queue.counts.running === 0 && perSecond(queue) === 0
  return queues.toSorted((a, b) => Number(isIdle(a)) - Number(isIdle(b)))
}

/** What went out, and what there is more of now. */
function rateIn(samples: readonly Sample[], outPerSecond: number): number | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return null
  return Math.max(0, outPerSecond + ((last.backlog - first.backlog) * 1_000) / (last.atMs - first.atMs))
}

/** Of the jobs that ended after a moment; null when there is none. */
export function latencyOf(jobs: readonly JobView[], sinceMs: number): Latency | null {
  const spans = jobs.flatMap(({ dueMs, startedMs, settledMs }) =>
    startedMs === null || settledMs === null || settledMs < sinceMs
      ? []
      : [{ waitedMs: Math.max(0, startedMs - dueMs), ranMs: Math.max(0, settledMs - startedMs) }],
  )
  if (spans.length === 0) return null
  return {
    waited: percentiles(spans.map(({ waitedMs }) => waitedMs)),
    ran: percentiles(spans.map(({ ranMs }) => ranMs)),
  }
}

/** By the nearest rank. */
function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { p50Ms: at(0.5), p95Ms: at(0.95) }
}
