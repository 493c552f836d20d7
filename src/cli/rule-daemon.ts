import { messageOf } from '../core/errors.js'
import type { RulesDaemon } from '../rule/daemon/daemon.js'
import type { DaemonEvent } from '../rule/daemon/daemon-event.js'
import { storeOption, storeUrl } from './blob-store.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { linesOf } from './daemon-lines.js'
import { DeliverySignals } from './delivery-signals.js'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { ExitWatch } from './exit-watch.js'
import { fileError } from './file-error.js'
import { placeOf } from './kitchen-url.js'
import { loadRuleLibrary } from './library.js'
import { durationMs, flag, option, optionWith, wholeNumber, word } from './option.js'
import { formatMoment } from './print/time.js'
import { visible } from './print/visible.js'
import { rulesFolder } from './rule-names.js'
import { rulesOption } from './rules-option.js'
import { Stragglers } from './stragglers.js'
import type { Terminal } from './terminal.js'

/** What a rule's code left running may go on for so long. */
const AFTERLIFE_MS = 1_000

const OPTIONS = {
  rules: rulesOption,
  store: storeOption,
  runs: optionWith('-j, --jobs <n>', 'Work so many runs at once; 1 to 100.', {
    ...wholeNumber({ min: 1, max: 100 }),
    initial: 4,
  }),
  isPaused: flag('--paused', 'Begin no runs; work those that others begin.'),
  name: option('--name <name>', 'Who runs rules, as hob nodes names it; else host/pid.', word),
  grace: optionWith('--grace <duration>', 'After SIGTERM, let what runs end for this long.', {
    ...durationMs,
    initial: 10_000,
  }),
}

/** `hob rule daemon`. */
export const ruleDaemon: Command = defineCommand({
  args: [],
  options: OPTIONS,
  examples: [
    { line: 'hob rule daemon', says: 'Run the rules of the folder rules as their blobs come, until Ctrl-C.' },
    { line: 'hob rule daemon --rules /srv/rules -j 8', says: 'Those of another folder, eight runs at once.' },
    { line: 'hob rule daemon --json', says: 'A line of JSON for each thing that happens.' },
  ],
  notes: `It is woken by tags and by time; edits of rules are taken up within a second or two. Any number may run on one kitchen, on several
machines that see the same store; none runs a rule that another runs. What is killed goes on elsewhere.
Ctrl-C: begin no more, wait for what runs; again: give it back; once more: at once. SIGTERM: the same, after --grace.`,
  async run(invocation) {
    const { options, globals, kitchenUrl, terminal } = invocation
    terminal.endProcess?.(AFTERLIFE_MS)
    const library = await loadRuleLibrary()
    const log = new DaemonLog(terminal, globals.json)
    const folder = rulesFolder({ rules: options.rules, terminal })
    const url = kitchenUrl()
    await using kitchen = await library.openKitchen(url)
    const { store } = await kitchen.blobs(storeUrl(invocation))
    const daemon: RulesDaemon = new library.RulesDaemon(kitchen, {
      folder,
      store,
      runs: options.runs,
      isPaused: options.isPaused,
      onEvent: (event) => log.tell(event),
      ...(options.name !== undefined && { name: options.name }),
    })
    const control = {
      stop: () => void daemon.stop().catch(() => {}),
      abort: () => void daemon.stop({ deadlineMs: 0 }).catch(() => {}),
    }
    const say = (text: string): void => log.line('rules.daemon', text)
    using stragglers = new Stragglers({ say, stop: () => void daemon.stop({ deadlineMs: options.grace }) })
    using exits = new ExitWatch(() =>
      say('the code of a rule ended the process (process.exit): its runs go on elsewhere'),
    )
    stragglers.start()
    exits.start()
    const signals = new DeliverySignals(control, { graceMs: options.grace, say, noun: 'runs' })
    terminal.onLost(() => control.stop())
    signals.start()
    try {
      say(`Starting the rules daemon on ${placeOf(url)}, rules of ${folder}${options.isPaused ? ', paused' : ''}`)
      await start(daemon, folder)
      await daemon.finished()
    } finally {
      await daemon.stop()
      signals.stop()
    }
    say('Stopped')
    await terminal.out.flush()
    return signals.status ?? (stragglers.hasFailed ? EXIT_FAILED : EXIT_OK)
  },
})

async function start(daemon: RulesDaemon, folder: string): Promise<void> {
  try {
    await daemon.start()
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause
    const hint = '--rules names the folder with the modules of rules; hob rule new writes one with examples.'
    throw new CliError('failed', fileError('read', folder, cause).message, { hint, cause })
  }
}

/** Prints what a daemon does: a line with time, process and area; or, with `json`, a line of JSON for each event. */
class DaemonLog {
  readonly #terminal: Terminal
  readonly #json: boolean

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal
    this.#json = json
  }

  tell(event: DaemonEvent): void {
    if (this.#json) this.#terminal.out.line(JSON.stringify({ atMs: Date.now(), ...plain(event) }))
    else for (const { area, text } of linesOf(event)) this.line(area, text)
  }

  line(area: string, text: string): void {
    const line = `${formatMoment(Date.now())} ${process.pid} [${area}] ${visible(text).replaceAll('\n', ' ')}`
    // With --json, standard output is for programs.
    if (this.#json) this.#terminal.err.line(line)
    else this.#terminal.out.line(line)
  }
}

/** Without the blobs of runs, which may be thousands, and with errors as text. */
function plain(event: DaemonEvent): object {
  if (event.kind === 'fault') return { kind: event.kind, error: messageOf(event.error) }
  if (event.kind === 'loaded') {
    return { ...event, faults: event.faults.map(({ file, message }) => ({ file, message })) }
  }
  if (event.kind !== 'run') return event
  const { record, ...rest } = event.event
  const told = 'error' in rest ? { ...rest, error: messageOf(rest.error) } : rest
  return { ...told, event: rest.kind, kind: 'run', run: { ...record, blobs: record.blobs.length } }
}
