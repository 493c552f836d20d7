import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Control } from '../broker/control.js'
import type { Outcome } from '../broker/job-store.js'

/** How an attempt ended, or `lost`: its outcome was refused, because its lease had ended. */
export type Ending = Outcome['kind'] | 'lost'

const ENDINGS: readonly Ending[] = ['done', 'retry', 'error', 'snooze', 'release', 'cancel', 'lost']

/** Seconds, from what a mere look-up takes to what one starts a queue for. */
const RUN_BUCKETS_SECONDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800, 3_600]

/** What one process counts of one queue; `settled` takes one to two microseconds. */
export interface QueueMetrics {
  sent(count: number): void
  /** @param ranMs Milliseconds that the attempt ran. */
  settled(ending: Ending, ranMs: number): void
}

/** One metric as an object, as it is in the text. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values: readonly MetricValue[]
}

/** One line of the text. */
export interface MetricValue {
  /** The family's name, or that with `_bucket`, `_sum` or `_count`. */
  readonly name: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/**
 * What a process counts of its own work since it began, and what the kitchen's counters say when it is asked.
 *
 * Names and units follow https://prometheus.io/docs/practices/naming/.
 */
export class Metrics {
  readonly #control: Pick<Control, 'queues'>
  readonly #registry: Registry
  readonly #parts: Parts
  readonly #queues = new Map<string, QueueMetrics>()

  private constructor(control: Pick<Control, 'queues'>, registry: Registry, parts: Parts) {
    this.#control = control
    this.#registry = registry
    this.#parts = parts
  }

  /** Loads what it counts with, which costs a process that has no metrics nothing. */
  static async load(control: Pick<Control, 'queues'>): Promise<Metrics> {
    const { default: client } = await import('prom-client')
    const registry = new client.Registry()
    client.collectDefaultMetrics({ register: registry })
    return new Metrics(control, registry, makeParts(client, registry))
  }

  /** What to count a queue's work with; the same for each call. */
  ofQueue(queue: string): QueueMetrics {
    const known = this.#queues.get(queue) ?? this.#begin(queue)
    this.#queues.set(queue, known)
    return known
  }

  /** All of it in Prometheus' text format 0.0.4. A store that fails leaves out its counters, and `hob_store_up` is 0. */
  async text(): Promise<string> {
    await readQueues(this.#control, this.#parts.kitchen)
    return this.#registry.metrics()
  }

  /** The content type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** The same as an object. */
  async values(): Promise<readonly MetricFamily[]> {
    await readQueues(this.#control, this.#parts.kitchen)
    const families = await this.#registry.getMetricsAsJSON()
    return families.map(({ name, help, type, values }) => ({
      name,
      help,
      type: String(type),
      values: values.map((one) => ({
        name: 'metricName' in one && typeof one.metricName === 'string' ? one.metricName : name,
        labels: one.labels as MetricValue['labels'],
        value: one.value,
      })),
    }))
  }

  /** The labels are looked up once: with each job that took as long as all else that is counted of it. */
  #begin(queue: string): QueueMetrics {
    const { sent, settled, run } = this.#parts
    const [sentHere, runHere] = [sent.labels(queue), run.labels(queue)]
    const endings = new Map(ENDINGS.map((ending) => [ending, settled.labels(queue, ending)]))
    return {
      sent: (count) => sentHere.inc(count),
      settled(ending, ranMs) {
        endings.get(ending)?.inc()
        runHere.observe(ranMs / 1_000)
      },
    }
  }
}

type PromClient = typeof import('prom-client')

interface Parts {
  readonly sent: Counter<'queue'>
  readonly settled: Counter<'queue' | 'outcome'>
  readonly run: Histogram<'queue'>
  readonly kitchen: KitchenGauges
}

function makeParts({ Counter, Gauge, Histogram }: PromClient, registry: Registry): Parts {
  const registers = [registry]
  return {
    sent: new Counter({
      name: 'hob_jobs_sent_total',
      help: 'Jobs that this process sent; one whose key was held is not counted.',
      labelNames: ['queue'],
      registers,
    }),
    settled: new Counter({
      name: 'hob_jobs_settled_total',
      help: 'Attempts of this process that ended, by how they ended.',
      labelNames: ['queue', 'outcome'],
      registers,
    }),
    run: new Histogram({
      name: 'hob_job_run_seconds',
      help: 'How long attempts ran in this process.',
      labelNames: ['queue'],
      buckets: [...RUN_BUCKETS_SECONDS],
      registers,
    }),
    kitchen: {
      up: new Gauge({
        name: 'hob_store_up',
        help: 'Whether the kitchen answered when these figures were asked for.',
        registers,
      }),
      paused: new Gauge({
        name: 'hob_queue_paused',
        help: 'Whether the queue is paused.',
        labelNames: ['queue'],
        registers,
      }),
      jobs: new Gauge({
        name: 'hob_queue_jobs',
        help: 'Jobs in the kitchen, by queue and state.',
        labelNames: ['queue', 'state'],
        registers,
      }),
    },
  }
}

interface KitchenGauges {
  readonly up: Gauge
  readonly paused: Gauge<'queue'>
  readonly jobs: Gauge<'queue' | 'state'>
}

/** One round trip, and from counters only (law 9). */
async function readQueues(control: Pick<Control, 'queues'>, { up, paused, jobs }: KitchenGauges): Promise<void> {
  const queues = await control.queues().catch(() => undefined)
  paused.reset()
  jobs.reset()
  up.set(Number(queues !== undefined))
  for (const { queue, counts, isPaused } of queues ?? []) {
    paused.set({ queue }, Number(isPaused))
    for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count)
  }
}
