import type { JobStore } from '../broker/job-store.js'
import { systemClock } from '../core/clock.js'
import { PRIORITY_MAX } from '../core/limits.js'
import { type LoadOptions, loadOrders } from '../orders/load.js'
import type { LoadKey } from '../orders/load-key.js'
import { formatOf, type ReadOptions, ROW_FORMATS, readRows } from '../orders/rows/read-rows.js'
import { BadRowFile } from './bad-row-file.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { type InputFile, inputFile } from './input-file.js'
import { type Interrupt, listenForInterrupt } from './interrupt.js'
import { asLoader, type LoadFigures } from './load-node.js'
import { type FileReport, sumOf, tellLoad } from './load-report.js'
import {
  delimiter,
  durationMs,
  file,
  flag,
  lineNumber,
  type OptionTable,
  type OptionValues,
  oneOf,
  option,
  type ValueKind,
  wholeNumber,
  word,
} from './option.js'
import { printError } from './print/error-lines.js'
import { ProgressLine } from './print/progress-line.js'
import { queueOption } from './queues.js'
import type { Terminal } from './terminal.js'

const loadKey: ValueKind<LoadKey> = {
  parse: (text) => (text === 'row' ? 'row' : { column: word.parse(text) }),
}

const priority: ValueKind<number> = wholeNumber({ min: -PRIORITY_MAX, max: PRIORITY_MAX })

const OPTIONS = {
  queue: queueOption,
  format: option(
    '--format <format>',
    'How FILE is written; else as its extension says, else lines',
    oneOf(ROW_FORMATS),
  ),
  header: flag('--header', 'The first row names the columns.'),
  delimiter: option('--delimiter <text>', 'What stands between the fields of csv, like ";" or "\\t".', delimiter),
  key: option(
    '--key <column>',
    'Skip rows whose order is there: by this column, or by the whole row with "row".',
    loadKey,
  ),
  priority: option('--priority <n>', 'Higher is delivered first; 0 is usual.', priority),
  delayMs: option('--delay <time>', 'Deliver them no earlier than in 30s, 5m, 2h …', durationMs),
  attemptsMax: option('--attempts <n>', 'How often each may be tried.', wholeNumber({ min: 1, max: 1_000_000 })),
  skipBad: option('--skip-bad <file>', 'Write rows that cannot be orders to this file, and go on.', file),
  fromLine: option('--from-line <n>', 'Pass over what starts before this line.', lineNumber),
  bar: flag('--bar', 'Show progress even where there is no terminal.'),
} as const satisfies OptionTable

type Options = OptionValues<typeof OPTIONS>

/** `hob load`. */
export const load: Command = defineCommand({
  args: [{ syntax: '<file...>', summary: 'Files of orders, a row each; - is standard input.', completes: 'file' }],
  options: OPTIONS,
  examples: [
    { line: 'ls /dev > orders.csv && hob load orders.csv', says: 'One order per row, every column an argument.' },
    {
      line: 'hob load --header --key id users.csv',
      says: 'Named columns; safe to repeat, as ids that are there are skipped.',
    },
    { line: "find . -name '*.jpg' -print0 | hob load --format nul -", says: 'Any file names, whatever is in them.' },
    { line: 'hob load --skip-bad bad.csv orders.csv', says: 'Set bad rows aside instead of stopping at the first.' },
  ],
  async run({ args, options, globals, terminal, openBroker }) {
    if (args.length > 1 && options.fromLine !== undefined) {
      throw new CliError('usage', '--from-line goes with one FILE', { hint: 'Load the others by themselves.' })
    }
    const inputs: InputFile[] = []
    for (const path of args) inputs.push(await inputFile(path, terminal))
    const badRows = options.skipBad === undefined ? undefined : await BadRowFile.open(options.skipBad, inputs)
    const interrupt = listenForInterrupt()
    try {
      const broker = await openBroker()
      const reports: FileReport[] = []
      try {
        const onFile = (file: FileReport) => reports.push(file)
        await asLoader(broker, options.queue, (figures) =>
          loadAll(broker, { inputs, options, terminal, badRows, interrupt, figures, onFile }),
        )
      } finally {
        // Also when a later file ends the load.
        if (reports.length > 0) tell(reports, { options, json: globals.json, terminal })
      }
      return EXIT_OK
    } catch (error) {
      if (!interrupt.signal.aborted) throw error
      printError(error, { to: terminal.err, showStack: globals.debug })
      return interrupt.status()
    } finally {
      interrupt.stop()
      await badRows?.close()
    }
  },
})

interface Loading {
  readonly inputs: readonly InputFile[]
  readonly options: Options
  readonly terminal: Terminal
  readonly badRows: BadRowFile | undefined
  readonly interrupt: Interrupt
  readonly figures: LoadFigures
  /** A file is loaded whole. */
  readonly onFile: (report: FileReport) => void
}

function tell(
  reports: readonly FileReport[],
  { options, json, terminal }: { options: Options; json: boolean; terminal: Terminal },
): void {
  const { queue, skipBad: badRowFile } = options
  if (json) terminal.out.json({ queue, ...sumOf(reports), files: reports })
  else for (const line of tellLoad(reports, { queue, badRowFile })) terminal.out.line(line)
}

async function loadAll(store: JobStore, loading: Loading): Promise<void> {
  const { inputs, options, terminal, badRows, interrupt, figures, onFile } = loading
  const bar = new ProgressLine(terminal.err, { noun: 'orders', clock: systemClock, always: options.bar })
  const sizes = inputs.map(({ sizeBytes }) => sizeBytes)
  const totalBytes = sizes.reduce<number | null>((sum, size) => (sum === null || size === null ? null : sum + size), 0)
  let [readBytes, loadedBefore] = [0, 0]
  try {
    for (const input of inputs) {
      const chunks = counted(input.chunks(interrupt.signal), (bytes) => {
        readBytes += bytes
      })
      const before = loadedBefore
      figures.message = input.name
      const count = await loadOrders(
        store,
        { name: input.name, rows: readRows(chunks, readOptions(input.name, options)) },
        {
          ...loadOptions(options),
          ...(badRows && { skipBad: (row) => badRows.add(row) }),
          signal: interrupt.signal,
          onProgress: ({ loaded, alreadyThere }) => {
            figures.done = before + loaded
            bar.update({ count: before + loaded + alreadyThere, ...(totalBytes && { share: readBytes / totalBytes }) })
          },
        },
      )
      loadedBefore += count.loaded
      onFile({ name: input.name, ...count })
    }
  } finally {
    bar.clear()
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes(chunk.length)
    yield chunk
  }
}

function readOptions(name: string, { format, header, delimiter }: Options): ReadOptions {
  return { format: format ?? formatOf(name), header, ...(delimiter !== undefined && { delimiter }) }
}

/** Only what was given: an absent option is the loader's to decide. */
function loadOptions({ queue, key, priority, delayMs, attemptsMax, fromLine }: Options): LoadOptions {
  return {
    queue,
    ...(key !== undefined && { key }),
    ...(priority !== undefined && { priority }),
    ...(delayMs !== undefined && { delayMs }),
    ...(attemptsMax !== undefined && { attemptsMax }),
    ...(fromLine !== undefined && { fromLine }),
  }
}
