import { BATCH_MAX } from '../core/limits.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { DeliverySignals } from './delivery-signals.js'
import { didYouMean } from './did-you-mean.js'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { ExitWatch } from './exit-watch.js'
import { fileError } from './file-error.js'
import { placeOf } from './kitchen-url.js'
import { loadLibrary } from './library.js'
import { metricsOption } from './metrics-option.js'
import { durationMs, type OptionValues, option, optionWith, wholeNumber, word } from './option.js'
import { Stragglers } from './stragglers.js'
import { WorkCrew } from './work-crew.js'
import { WorkReport } from './work-report.js'
import { type FoundWorker, loadWorkers } from './worker-modules.js'

const OPTIONS = {
  concurrency: option(
    '-j, --jobs <n>',
    'Run so many jobs of each queue at once, whatever the module says.',
    wholeNumber({ min: 1, max: BATCH_MAX }),
  ),
  queue: option('-q, --queue <name>', 'Only the worker of this queue.', word),
  name: option('--name <name>', 'Who works, as hob status and hob job name it; else host/pid.', word),
  metricsPort: metricsOption,
  grace: optionWith('--grace <duration>', 'After SIGTERM, let what runs end for this long.', {
    ...durationMs,
    initial: 10_000,
  }),
}

/** `hob work`. */
export const work: Command = defineCommand({
  args: [{ syntax: '<file...>', summary: 'Modules that export workers; TypeScript as it is.', completes: 'file' }],
  options: OPTIONS,
  examples: [
    { line: 'hob work workers.ts', says: 'Run every worker that the module exports, until Ctrl-C.' },
    { line: 'hob work src/mail.ts src/images.ts -j 4', says: 'Those of two modules, four jobs of each queue at once.' },
    { line: 'hob work workers.ts --queue mail --json', says: 'One queue; a line of JSON for each attempt.' },
  ],
  notes: `A module: import { defineQueue, defineWorker } from 'hob'
          export const mail = defineQueue({ name: 'mail' })
          export const mailWorker = defineWorker(mail, async ({ payload }) => { … }, { concurrency: 20 })
Ctrl-C: take no more, wait for what runs; again: abort it and give its jobs back; once more: at once. SIGTERM: the same, after --grace.`,
  async run({ args: files, options, globals: { json, debug }, kitchenUrl, terminal }) {
    // A pool that a module opened, or a handler that does not end, would hold the process.
    terminal.endProcess?.(AFTERLIFE_MS)
    const library = await loadLibrary()
    const workers = only(await loadWorkers(files, { library, terminal }), options.queue)
    const report = new WorkReport(terminal, { json, debug })
    const crew = new WorkCrew()
    const deadlineMs = options.grace
    // From the moment on when the modules are loaded: what they began goes on while the kitchen is opened.
    using stragglers = new Stragglers({ say: (text) => report.say(text), stop: () => crew.stop({ deadlineMs }) })
    using exits = new ExitWatch(() => report.say(ENDED))
    stragglers.start()
    exits.start()
    const url = kitchenUrl()
    await using kitchen = await library.openKitchen(url)
    await using metrics =
      options.metricsPort === undefined ? null : await kitchen.serveMetrics({ port: options.metricsPort })
    if (metrics !== null) report.say(`serves metrics at ${metrics.url}`)
    let isOutputLost = false
    const signals = new DeliverySignals(crew, { graceMs: options.grace, say: (text) => report.say(text), noun: 'jobs' })
    terminal.onLost((error) => {
      const reason =
        error.code === 'EPIPE' ? 'nobody reads the output any more' : fileError('write', 'the output', error).message
      if (!isOutputLost) report.say(`${reason}: no more jobs are taken; what runs may end.`)
      isOutputLost = true
      crew.stop({ deadlineMs })
    })
    signals.start()
    try {
      await crew.start(kitchen, workers, workOptions(options, report))
      if (!crew.isStopped) report.began(workers, { concurrency: options.concurrency, place: placeOf(url) })
      await crew.finished()
    } finally {
      signals.stop()
    }
    report.summarize()
    await terminal.out.flush()
    return signals.status ?? (stragglers.hasFailed ? EXIT_FAILED : EXIT_OK)
  },
})

const ENDED =
  'its own code ended the process (process.exit): what ran counts as crashed, and comes back when its lease has ended'

/** What the modules left running may go on for so long. */
const AFTERLIFE_MS = 1_000

function only(workers: readonly FoundWorker[], queue: string | undefined): readonly FoundWorker[] {
  if (queue === undefined) return workers
  const chosen = workers.filter(({ worker }) => worker.queue === queue)
  if (chosen.length > 0) return chosen
  const names = workers.map(({ worker }) => worker.queue)
  throw new CliError('usage', `no worker here works queue '${queue}'`, {
    hint: `${didYouMean(queue, names)}There are workers of ${names.join(', ')}.`,
  })
}

const workOptions = ({ concurrency, name }: OptionValues<typeof OPTIONS>, report: WorkReport) => ({
  onFault: report.faulted,
  onEnd: report.ended,
  ...(concurrency !== undefined && { concurrency }),
  ...(name !== undefined && { name }),
})
