import type { Broker } from '../broker/broker.js'
import type { ReturnedJob } from '../broker/job-store.js'
import { plural } from '../core/count.js'
import { CRASHES_MAX } from '../core/limits.js'
import { Announcement } from '../queue/announcement.js'
import type { MetricsServer } from '../queue/metrics-server.js'
import { keptByPolicy, Monitor, type MonitorEvents } from '../queue/monitor.js'
import { nodeName, nodeRecord } from '../queue/node.js'
import { mayPass } from '../queue/patience.js'
import { Scheduler, type SchedulerEvents, type TickEvent } from '../queue/scheduler.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_INTERRUPTED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import { metricsOption } from './metrics-option.js'
import { durationWithin, flag, option, optionWith, word } from './option.js'
import { printError } from './print/error-lines.js'
import { formatMoment } from './print/time.js'
import { visible } from './print/visible.js'
import type { Terminal } from './terminal.js'

/** `hob monitor`. */
export const monitor: Command = defineCommand({
  args: [],
  options: {
    every: optionWith('--every <duration>', 'Look so often while no lease ends; 100ms to 24h.', {
      ...durationWithin('100ms', '24h'),
      initial: 5_000,
    }),
    once: flag('--once', 'Look once, then end; schedules are not ticked.'),
    name: option('--name <name>', 'Who monitors, as hob nodes names it; else host/pid.', word),
    metricsPort: metricsOption,
  },
  examples: [
    { line: 'hob monitor', says: 'Look after all queues until Ctrl-C, and tell what came back and why.' },
    { line: 'hob monitor --once', says: 'Once, from cron.' },
    {
      line: 'hob monitor --json | jq \'select(.state == "error")\'',
      says: 'A line for each job, here those set aside.',
    },
  ],
  notes: `Each worker looks after its own queue and ticks schedules; a monitor is for queues that nobody works now, and for the log. It tells what it
returned itself: a job that a worker took back first is told by hob why. Any number may run; each job is told by one.
History goes only where the queue has a policy. Ctrl-C ends it, with status 0.`,
  async run({ options: { every, once, name = nodeName(), metricsPort }, globals, terminal, openBroker }) {
    const broker = await openBroker({ create: false })
    const figures = { done: 0, failed: 0 }
    const report = new MonitorReport(figures, { json: globals.json, terminal })
    const watch = new Monitor(broker, { everyMs: every, keepOf: keptByPolicy(broker), events: report })
    if (once) {
      await watch.pass()
      return EXIT_OK
    }
    const record = nodeRecord({ name, role: 'monitor', queue: '', concurrency: 0 }, figures)
    const announcement = new Announcement(broker, record, () => {})
    const scheduler = new Scheduler(broker, { node: name, events: report })
    const interrupt = listenForInterrupt()
    await using metrics = metricsPort === undefined ? null : await serveMetrics(broker, metricsPort)
    if (metrics !== null) terminal.err.line(`hob: serves metrics at ${metrics.url}`)
    announcement.start()
    scheduler.start()
    try {
      await watch.run(interrupt.signal)
    } finally {
      interrupt.stop()
      await scheduler.stop()
      await announcement.stop()
    }
    return interrupt.status() === EXIT_INTERRUPTED ? EXIT_OK : interrupt.status()
  },
})

/** Loaded only when it is asked for. */
async function serveMetrics(broker: Broker, port: number): Promise<MetricsServer> {
  const [{ Metrics }, { MetricsServer }] = await Promise.all([
    import('../queue/metrics.js'),
    import('../queue/metrics-server.js'),
  ])
  return MetricsServer.start(await Metrics.load(broker), { port })
}

/** Prints what a monitor does: what became of jobs as results, a store that is away as an error, once. */
class MonitorReport implements MonitorEvents, SchedulerEvents {
  readonly #figures: { done: number; failed: number }
  readonly #json: boolean
  readonly #terminal: Terminal
  #isAway = false

  constructor(figures: { done: number; failed: number }, { json, terminal }: { json: boolean; terminal: Terminal }) {
    this.#figures = figures
    this.#json = json
    this.#terminal = terminal
  }

  onReturned(queue: string, job: ReturnedJob): void {
    this.#figures.done++
    if (job.state === 'error') this.#figures.failed++
    this.#tell({ kind: 'returned', queue, ...job, crashesMax: CRASHES_MAX }, tellReturned(queue, job))
  }

  onDropped(queue: string, count: number): void {
    this.#tell({ kind: 'dropped', queue, count }, `dropped ${plural(count, 'old job')} of ${queue}, as its policy says`)
  }

  readonly onTick = ({ schedule, jobs }: TickEvent): void => {
    const sent = jobs.filter(({ isNew }) => isNew).map(({ id }) => id)
    this.#tell(
      { kind: 'ticked', schedule, jobs: sent },
      `ticked schedule ${schedule}: ${plural(sent.length, 'job')} sent`,
    )
  }

  /** Of the store, or of a schedule that cannot be understood. */
  readonly onFault = (error: unknown): void => {
    if (this.#isAway) return
    printError(error, { to: this.#terminal.err, showStack: false })
    if (!mayPass(error)) return
    this.#isAway = true
    this.#terminal.err.line('Waiting for the kitchen; Ctrl-C ends it.')
  }

  onAnswer(): void {
    if (this.#isAway) this.#terminal.err.line('The kitchen answers again.')
    this.#isAway = false
  }

  #tell(document: object, line: string): void {
    const atMs = Date.now()
    const { out } = this.#terminal
    out.line(this.#json ? JSON.stringify({ atMs, ...document }) : `${formatMoment(atMs)} ${visible(line)}`)
  }
}

/** What became of a job whose lease ended, and why. */
export function tellReturned(queue: string, { id, node, crashes, state }: ReturnedJob): string {
  const why = `${node} let its lease end, crash ${crashes} of ${CRASHES_MAX}`
  return state === 'ready'
    ? `returned job ${id} of ${queue} to ready: ${why}`
    : `set aside job ${id} of ${queue} as error: ${why}; more: hob why ${id}`
}
