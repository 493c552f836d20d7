import { exponential } from '../core/backoff.js'
import { parseDurationMs } from '../core/duration.js'
import { LEASE_MS_MAX, LEASE_MS_MIN } from '../core/limits.js'
import type { Kitchen } from '../kitchen.js'
import { CommandError } from '../orders/command/command.js'
import { Crew } from '../orders/command/crew.js'
import { parseHalt } from '../orders/halt.js'
import { openJoblog } from '../orders/joblog.js'
import { type CommandBuilder, commandBuilder } from '../orders/order-command.js'
import { Waiter, type WaiterConfig } from '../orders/waiter.js'
import { nodeName } from '../queue/node.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { DeliveryReport } from './delivery-report.js'
import { DeliverySignals } from './delivery-signals.js'
import { dryRun } from './dry-run.js'
import { EXIT_FAILED_ORDERS_MAX, EXIT_MORE_FAILED } from './exit-codes.js'
import { fileError } from './file-error.js'
import { metricsOption } from './metrics-option.js'
import { durationMs, file, flag, folder, type OptionValues, option, optionWith, wholeNumber, word } from './option.js'
import { ORDERS_QUEUE, queueNamed, queueOption } from './queues.js'
import type { Terminal } from './terminal.js'

const OPTIONS = {
  queue: queueOption,
  jobs: optionWith('-j, --jobs <n>', 'Run so many commands at once.', {
    ...wholeNumber({ min: 1, max: 1_000 }),
    initial: 1,
  }),
  wait: flag('--wait', 'When nothing is left, wait for more orders; else end.'),
  max: option('--max <n>', 'Take at most so many orders, then end.', wholeNumber({ min: 1, max: 1e12 })),
  timeout: option('--timeout <duration>', 'End a command after this long (TERM, then KILL): a failure.', {
    parse: parseTimeoutMs,
  }),
  attempts: optionWith('--attempts <n>', 'Try each order so often, unless it was loaded with its own number.', {
    ...wholeNumber({ min: 1, max: 1_000 }),
    initial: 1,
  }),
  backoff: optionWith(
    '--backoff <duration>',
    'Wait this long before the second attempt, twice as long before the next …',
    {
      ...durationMs,
      initial: 1_000,
    },
  ),
  halt: option('--halt <rule>', 'End when orders fail: soon,fail=3 or now,fail=1 or soon,fail=10%.', {
    parse: parseHalt,
  }),
  results: option('--results <folder>', "Keep each order's output there, as ID/stdout and ID/stderr.", folder),
  joblog: option('--joblog <file>', "Log each attempt in GNU parallel's columns, then id, attempt, waiter.", file),
  tag: flag('--tag', "Begin each line of output with the order's arguments and a tab."),
  bar: flag('--bar', 'Show progress, also where there is no terminal.'),
  dryRun: flag('--dry-run', 'Print the commands that would run, and take nothing.'),
  stdin: flag('--stdin', 'Give each command the order as JSON on standard input; nothing is appended.'),
  shell: flag('--shell', 'CMD and ARGS are one shell script; what is put in is quoted.'),
  name: option('--name <name>', 'Who delivers, as status and history name it; else host/pid.', word),
  lease: optionWith('--lease <duration>', 'Orders of a killed waiter come back after this long; 1s to 24h.', {
    ...durationMs,
    parse: parseLeaseMs,
    initial: 15_000,
  }),
  metricsPort: metricsOption,
  grace: optionWith('--grace <duration>', 'After SIGTERM, let what runs end for this long.', {
    ...durationMs,
    initial: 10_000,
  }),
}

type Options = OptionValues<typeof OPTIONS>

/** `hob deliver`. */
export const deliver: Command = defineCommand({
  args: [
    { syntax: '<command>', summary: 'The command to run for each order.', completes: 'executable' },
    { syntax: '[args...]', summary: "Its arguments; the order's are put in, or appended.", completes: 'file' },
  ],
  passThrough: true,
  options: OPTIONS,
  examples: [
    { line: 'hob deliver ./crunch.sh --some-param some-value', says: "The order's arguments come last." },
    { line: 'hob deliver -j 4 --attempts 3 convert {1} out/{2}.png', says: 'Arguments in their places, four at once.' },
    { line: 'hob deliver --timeout 5m --joblog log.tsv ./fetch {url}', says: 'A column by its name, a bound, a log.' },
    { line: "hob deliver --shell 'gzip -c {} > {}.gz'", says: 'A shell script; arguments are quoted.' },
    { line: 'hob deliver --halt now,fail=1 -- ./check', says: 'End all at the first failure.' },
  ],
  notes: `Placeholders: {} all arguments, {1} the first, {name} the column of that name; {{}} is text. Without one, arguments are appended.
Variables: HOB_ORDER_ID, HOB_ATTEMPT, HOB_QUEUE, and HOB_ARG_NAME for each named column.
Ctrl-C: take no more, wait for what runs; again: end it and give its orders back; once more: at once. SIGTERM: the same, after --grace.
Exit status: 0 all done, 1-100 so many orders failed, 101 more, 2 wrong usage, 126 not executable, 127 not found, 130 interrupted, 143 terminated.`,
  async run({ args, options, globals, terminal, openKitchen }) {
    const build = builderOf(args, options)
    const kitchen = await openKitchen({ create: options.wait })
    if (!options.wait && options.queue !== ORDERS_QUEUE) await queueNamed(kitchen.broker, options.queue)
    if (options.dryRun)
      return dryRun(kitchen.broker, { queue: options.queue, build, countMax: options.max }, terminal.out)
    return deliverOrders(kitchen, { options, build, json: globals.json }, terminal)
  },
})

function parseTimeoutMs(text: string): number {
  const ms = parseDurationMs(text)
  if (ms > 0) return ms
  throw new CliError('usage', `'${text}' leaves a command no time`, { hint: 'Leave --timeout away for no bound.' })
}

/** A command that cannot be run for any order is told before one is taken, with a status as a shell would exit. */
function builderOf(words: readonly string[], { shell, stdin, results }: Options): CommandBuilder {
  const place = { cwd: process.cwd(), path: process.env.PATH ?? '' }
  try {
    return commandBuilder({ words, shell, stdin, resultsFolder: results ?? null, ...place })
  } catch (cause) {
    if (!(cause instanceof CommandError) || (cause.code !== 'not-found' && cause.code !== 'not-executable')) throw cause
    throw new CliError(cause.code, cause.message, { ...(cause.hint && { hint: cause.hint }), cause })
  }
}

function parseLeaseMs(text: string): number {
  const ms = parseDurationMs(text)
  if (ms >= LEASE_MS_MIN && ms <= LEASE_MS_MAX) return ms
  throw new CliError('usage', `'${text}' is not a lease: it lasts from 1s to 24h`)
}

interface Task {
  readonly options: Options
  readonly build: CommandBuilder
  readonly json: boolean
}

async function deliverOrders(kitchen: Kitchen, { options, build, json }: Task, terminal: Terminal): Promise<number> {
  const config = waiterConfig(options)
  const joblog = options.joblog === undefined ? null : await openJoblog(options.joblog)
  const crew = new Crew({ lanes: config.concurrency })
  const { queue, name } = config
  const report = new DeliveryReport(
    { queue, name, tag: options.tag, bar: options.bar, json },
    { terminal, joblog, control: kitchen.broker },
  )
  const waiter = new Waiter(config, {
    broker: kitchen.broker,
    heartbeat: kitchen.heartbeat,
    cancellations: kitchen.parts.cancellations,
    crew,
    build,
    events: report,
    metrics: options.metricsPort === undefined ? null : (await kitchen.metrics()).ofQueue(queue),
  })
  kitchen.parts.workers.add({ queue, worker: waiter })
  await using metrics =
    options.metricsPort === undefined ? null : await kitchen.serveMetrics({ port: options.metricsPort })
  if (metrics !== null) report.say(`serves metrics at ${metrics.url}`)
  const signals = new DeliverySignals(waiter, {
    graceMs: options.grace,
    say: (text) => report.say(text),
    noun: 'orders',
  })
  const loss = listenForLoss(waiter, { report, terminal })
  signals.start()
  try {
    try {
      await crew.start()
      waiter.start()
      // Who waits for orders is there when a schedule sends them.
      if (config.waits) kitchen.parts.scheduler.join((error) => report.onFault(error))
      report.start(waiter)
      await waiter.finished()
    } finally {
      signals.stop()
      await crew.stop()
      report.stop()
    }
    const { failed, toTryAgain } = await report.summarize(waiter.counts)
    await terminal.out.flush()
    loss.throwIfFault()
    await joblog?.close()
    return signals.status ?? failureStatus(failed + toTryAgain)
  } catch (error) {
    // What ended it says more than what the joblog may then have to say.
    await joblog?.close().catch(() => {})
    throw error
  }
}

/** Nobody reads, or no room is left: then orders are no longer taken, and what runs may end. */
function listenForLoss(
  waiter: Waiter,
  { report, terminal }: { report: DeliveryReport; terminal: Terminal },
): { throwIfFault(): void } {
  let lost: NodeJS.ErrnoException | undefined
  const isUnread = (error: NodeJS.ErrnoException) => error.code === 'EPIPE'
  terminal.onLost((error) => {
    if (lost !== undefined) return
    lost = error
    const reason = isUnread(error)
      ? 'nobody reads the output any more'
      : fileError('write', 'the output', error).message
    report.say(`${reason}: no more orders are taken; what runs may end.`)
    waiter.stop()
  })
  return {
    throwIfFault() {
      if (lost !== undefined && !isUnread(lost)) throw fileError('write', 'the output', lost)
    },
  }
}

function waiterConfig(options: Options): WaiterConfig {
  return {
    queue: options.queue,
    name: options.name ?? nodeName(),
    concurrency: options.jobs,
    leaseMs: options.lease,
    takeMax: options.max ?? Number.POSITIVE_INFINITY,
    waits: options.wait,
    attemptsMax: options.attempts,
    backoff: exponential({ firstMs: options.backoff }),
    timeoutMs: options.timeout ?? null,
    halt: options.halt ?? null,
  }
}

const failureStatus = (failed: number): number => (failed > EXIT_FAILED_ORDERS_MAX ? EXIT_MORE_FAILED : failed)
