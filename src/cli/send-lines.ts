import type { Broker } from '../broker/broker.js'
import { systemClock } from '../core/clock.js'
import { plural } from '../core/count.js'
import { loadOrders } from '../orders/load.js'
import type { LoadWords } from '../orders/load-error.js'
import { EXIT_OK } from './exit-codes.js'
import { inputFile } from './input-file.js'
import { listenForInterrupt } from './interrupt.js'
import { jsonLines } from './json-lines.js'
import { printError } from './print/error-lines.js'
import { ProgressLine } from './print/progress-line.js'
import { visible } from './print/visible.js'
import type { SendSettings } from './send-jobs.js'
import type { Terminal } from './terminal.js'

const WORDS: LoadWords = { one: 'job', many: 'jobs', done: 'sent', skipsBad: false }

/** What to do with lines, besides how each is sent. */
export interface SendLinesOptions {
  readonly fromLine: number | undefined
  readonly json: boolean
  readonly debug: boolean
}

/**
 * Sends a job for each line of standard input, in constant memory: each batch leaves while the next is read. A line that
 * is no JSON, Ctrl-C and a failing store end it, with an account of what is safe and how to go on.
 */
export async function sendLines(
  store: Broker,
  settings: Omit<SendSettings, 'key' | 'keyScope'>,
  { options: { fromLine, json, debug }, terminal }: { options: SendLinesOptions; terminal: Terminal },
): Promise<number> {
  const input = await inputFile('-', terminal)
  const interrupt = listenForInterrupt()
  const bar = new ProgressLine(terminal.err, { noun: 'jobs', clock: systemClock })
  try {
    const rows = jsonLines(input.chunks(interrupt.signal))
    const { loaded, lastLine } = await loadOrders(
      store,
      { name: input.name, rows },
      {
        ...settings,
        ...(fromLine !== undefined && { fromLine }),
        words: WORDS,
        signal: interrupt.signal,
        onProgress: ({ loaded: count }) => bar.update({ count }),
      },
    )
    bar.clear()
    if (json) terminal.out.json({ queue: settings.queue, sent: loaded, lastLine })
    else terminal.out.line(tellSent(loaded, settings.queue))
    return EXIT_OK
  } catch (error) {
    bar.clear()
    if (!interrupt.signal.aborted) throw error
    printError(error, { to: terminal.err, showStack: debug })
    return interrupt.status()
  } finally {
    interrupt.stop()
  }
}

const tellSent = (count: number, queue: string): string =>
  `sent ${plural(count, 'job')} to ${visible(queue)}${count === 0 ? ': there was no line to send' : ''}`
