import { JOB_STATES } from '../core/job-state.js'
import { EXTRACT_FORMATS, extractOrders } from '../orders/extract.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import { file, oneOf, option, optionWith, someOf } from './option.js'
import { queueNamed, queueOption } from './queues.js'
import type { Terminal } from './terminal.js'
import { writeWhole } from './whole-file.js'

/** `hob extract`. */
export const extract: Command = defineCommand({
  args: [],
  options: {
    queue: queueOption,
    states: option('--state <states>', 'Only orders in these states, with commas between them.', someOf(JOB_STATES)),
    format: option('--format <format>', 'csv unless given; json with --json.', oneOf(EXTRACT_FORMATS)),
    output: optionWith('-o, --output <file>', 'Where to write it; - is standard output.', { ...file, initial: '-' }),
  },
  examples: [
    { line: 'hob extract', says: 'Every order and what became of it, as CSV.' },
    { line: 'hob extract --state error,cancelled -o failed.csv', says: 'Only what went wrong, into a file.' },
    { line: "hob extract --format jsonl | jq -r 'select(.exit_code == 2)._id'", says: 'Pick orders with other tools.' },
  ],
  async run({ options: { queue, states, format, output }, globals, terminal, openBroker }) {
    const broker = await openBroker({ create: false })
    await queueNamed(broker, queue)
    const texts = extractOrders(broker, {
      queue,
      ...(states && { states }),
      format: format ?? (globals.json ? 'json' : 'csv'),
    })
    return output === '-' ? print(texts, terminal) : write(texts, output)
  },
})

async function print(texts: AsyncIterable<string>, { out }: Terminal): Promise<number> {
  for await (const text of texts) await out.flow(text)
  return EXIT_OK
}

/** Interrupted, it leaves neither half a file nor a temporary one. */
async function write(texts: AsyncIterable<string>, path: string): Promise<number> {
  const interrupt = listenForInterrupt()
  try {
    await writeWhole(path, untilAborted(texts, interrupt.signal))
    return EXIT_OK
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
    return interrupt.status()
  } finally {
    interrupt.stop()
  }
}

async function* untilAborted(texts: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  for await (const text of texts) {
    signal.throwIfAborted()
    yield text
  }
}
