import type { Gauge, MetricType, MetricValueWithName, Registry } from 'prom-client'
import type { Control } from '../broker/control.js'
import type { Outcome } from '../broker/job-store.js'

/** How an attempt ended, or `lost`: its outcome was refused, because its lease had ended. */
export type Ending = Outcome['kind'] | 'lost'

/** Seconds, from what a mere look-up takes to what one starts a queue for. */
const RUN_BUCKETS_SECONDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800, 3_600]

/** What one process counts of one queue. */
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
  readonly #kitchen: KitchenGauges
  readonly #tallies: Map<string, Tally>

  private constructor(control: Pick<Control, 'queues'>, { registry, kitchen, tallies }: Parts) {
    this.#control = control
    this.#registry = registry
    this.#kitchen = kitchen
    this.#tallies = tallies
  }

  /** Loads what it counts with, which costs a process that has no metrics nothing. */
  static async load(control: Pick<Control, 'queues'>): Promise<Metrics> {
    const { default: client } = await import('prom-client')
    const registry = new client.Registry()
    client.collectDefaultMetrics({ register: registry })
    const tallies = new Map<string, Tally>()
    addCounters(client, registry, tallies)
    return new Metrics(control, { registry, kitchen: kitchenGauges(client, registry), tallies })
  }

  /** What to count a queue's work with; the same for each call. */
  ofQueue(queue: string): QueueMetrics {
    const known = this.#tallies.get(queue) ?? new Tally()
    this.#tallies.set(queue, known)
    return known
  }

  /** All of it in Prometheus' text format 0.0.4. A store that fails leaves out its counters, and `hob_store_up` is 0. */
  async text(): Promise<string> {
    await readQueues(this.#control, this.#kitchen)
    return this.#registry.metrics()
  }

  /** The content type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** The same as an object. */
  async values(): Promise<readonly MetricFamily[]> {
    await readQueues(this.#control, this.#kitchen)
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
}

/**
 * What is counted of one queue, in plain numbers, which the library is given when somebody asks: its own counting took one to two
 * microseconds a job, a tenth of the time of a very short one.
 */
class Tally implements QueueMetrics {
  sentCount = 0
  readonly endings: Record<Ending, number> = { done: 0, retry: 0, error: 0, snooze: 0, release: 0, cancel: 0, lost: 0 }
  /** Attempts by the bucket that they fall into, the last one without a bound. */
  readonly runs: number[] = [...RUN_BUCKETS_SECONDS, Number.POSITIVE_INFINITY].map(() => 0)
  runSeconds = 0

  sent(count: number): void {
    this.sentCount += count
  }

  settled(ending: Ending, ranMs: number): void {
    const seconds = ranMs / 1_000
    let bucket = 0
    while (seconds > (RUN_BUCKETS_SECONDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
    this.endings[ending]++
    this.runs[bucket] = (this.runs[bucket] ?? 0) + 1
    this.runSeconds += seconds
  }

  /** The lines of a histogram: each bucket counts what is in those below it, too. */
  runValues(name: string, queue: string): readonly MetricValueWithName<'queue' | 'le'>[] {
    let count = 0
    const buckets = this.runs.map((runs, at) => {
      count += runs
      return { metricName: `${name}_bucket`, labels: { le: RUN_BUCKETS_SECONDS[at] ?? '+Inf', queue }, value: count }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { queue }, value: this.runSeconds },
      { metricName: `${name}_count`, labels: { queue }, value: count },
    ]
  }
}

type PromClient = typeof import('prom-client')

interface Parts {
  readonly registry: Registry
  readonly kitchen: KitchenGauges
  readonly tallies: Map<string, Tally>
}

/** The families that the tallies fill, each time that somebody asks. */
function addCounters({ Counter, Gauge }: PromClient, registry: Registry, tallies: ReadonlyMap<string, Tally>): void {
  const registers = [registry]
  new Counter({
    name: 'hob_jobs_sent_total',
    help: 'Jobs that this process sent; one whose key was held is not counted.',
    labelNames: ['queue'],
    registers,
    collect() {
      this.reset()
      for (const [queue, { sentCount }] of tallies) this.inc({ queue }, sentCount)
    },
  })
  new Counter({
    name: 'hob_jobs_settled_total',
    help: 'Attempts of this process that ended, by how they ended.',
    labelNames: ['queue', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const [queue, { endings }] of tallies) {
        for (const [outcome, count] of Object.entries(endings)) this.inc({ queue, outcome }, count)
      }
    },
  })
  // The library's histogram takes one value after the other; the registry goes by what a metric's `get` answers.
  const name = 'hob_job_run_seconds'
  const help = 'How long attempts ran in this process.'
  const run = new Gauge({ name, help, labelNames: ['queue', 'le'], registers })
  const described = run.get.bind(run)
  run.get = async () => ({
    ...(await described()),
    type: HISTOGRAM,
    values: [...tallies].flatMap(([queue, tally]) => tally.runValues(name, queue)),
  })
}

/** The library's types say that it is a number; it is this word. */
const HISTOGRAM = 'histogram' as unknown as MetricType

function kitchenGauges({ Gauge }: PromClient, registry: Registry): KitchenGauges {
  const registers = [registry]
  return {
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
