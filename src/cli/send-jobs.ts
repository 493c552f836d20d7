import type { Broker } from '../broker/broker.js'
import type { NewJob } from '../broker/job-store.js'
import { formatCount } from '../core/count.js'
import { attemptsNumber } from './attempts-number.js'
import { CliError } from './cli-error.js'
import type { ArgumentSpec, Invocation } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { jsonArguments } from './json-arguments.js'
import { lineNumber, type OptionSpec, type OptionTable, oneOf, option, word } from './option.js'
import { canAsk } from './print/confirm.js'
import type { Terminal } from './terminal.js'

/** How each job of a call is sent; what is absent is the broker's to decide. */
export type SendSettings = Omit<NewJob, 'payload'>

/** What every command that sends takes. */
export const SEND_ARGUMENTS: readonly ArgumentSpec[] = [
  { syntax: '<queue>', summary: 'The queue; it comes into being with its first job.' },
  { syntax: '[json...]', summary: 'Payloads, a job each; none, or -: lines of JSON from standard input.' },
]

interface SendOptionTable extends OptionTable {
  readonly key: OptionSpec<string | undefined>
  readonly keyScope: OptionSpec<'live' | 'kept' | undefined>
  readonly attemptsMax: OptionSpec<number | undefined>
  readonly fromLine: OptionSpec<number | undefined>
}

/** What every command that sends can be told. */
export const SEND_OPTIONS: SendOptionTable = {
  key: option(
    '-K, --key <key>',
    'At most one job of the queue has it; sent again, the job that holds it is told.',
    word,
  ),
  keyScope: option(
    '--key-scope <scope>',
    'How long a key is held: live (until the job ends), or kept.',
    oneOf(['live', 'kept']),
  ),
  attemptsMax: option('--attempts <n>', 'How often it may be tried, whatever its worker says.', attemptsNumber),
  fromLine: option('--from-line <n>', 'Pass over lines of standard input before this one.', lineNumber),
}

interface Given {
  readonly key?: string | undefined
  readonly keyScope?: 'live' | 'kept' | undefined
  readonly priority?: number | undefined
  readonly delayMs?: number | undefined
  readonly attemptsMax?: number | undefined
}

/** How to send, of what the command line gave: an absent option is the broker's to decide. */
export function settingsOf(queue: string, { key, keyScope, priority, delayMs, attemptsMax }: Given): SendSettings {
  return {
    queue,
    ...(key !== undefined && { key }),
    ...(keyScope !== undefined && { keyScope }),
    ...(priority !== undefined && { priority }),
    ...(delayMs !== undefined && { delayMs }),
    ...(attemptsMax !== undefined && { attemptsMax }),
  }
}

interface Sending {
  readonly settings: SendSettings
  /** No earlier than then, in milliseconds since 1970. */
  readonly atMs?: number | undefined
  /** JSON texts of the command line; none, or `-`: lines of standard input. */
  readonly texts: readonly string[]
  readonly fromLine: number | undefined
}

/**
 * Sends a job for each argument, all or none, and prints their ids; or a job for each line of standard input.
 *
 * @throws CliError `usage` before anything is sent.
 */
export async function sendJobs(
  { settings, atMs, texts, fromLine }: Sending,
  { globals: { json, debug }, terminal, openBroker }: Invocation<unknown>,
): Promise<number> {
  if (settings.keyScope !== undefined && settings.key === undefined) {
    throw new CliError('usage', '--key-scope goes with --key')
  }
  if (isStream(texts)) {
    if (texts.length === 0) checkGiven(settings.queue, terminal)
    if (settings.key !== undefined) throw new CliError('usage', '--key goes with one job, and not with lines')
    const { sendLines } = await import('./send-lines.js')
    const broker = await openBroker()
    const lineSettings = { ...settings, ...(await delayUntil(broker, atMs)) }
    return sendLines(broker, lineSettings, { options: { fromLine, json, debug }, terminal })
  }
  if (fromLine !== undefined) throw new CliError('usage', '--from-line goes with lines of standard input')
  if (settings.key !== undefined && texts.length > 1) {
    throw new CliError('usage', `--key goes with one job, and ${formatCount(texts.length)} were given`, {
      hint: 'Only the first would be sent: the others have the same key.',
    })
  }
  const payloads = jsonArguments(texts)
  const broker = await openBroker()
  const common = { ...settings, ...(await delayUntil(broker, atMs)) }
  const [result] = await broker.commit([{ send: payloads.map((payload) => ({ ...common, payload })) }])
  const jobs = result?.sent ?? []
  if (json) terminal.out.json({ queue: settings.queue, jobs })
  else for (const { id } of jobs) terminal.out.line(id)
  for (const { id } of jobs.filter(({ isNew }) => !isNew)) {
    terminal.err.line(`hob: nothing was sent: job ${id} holds the key '${settings.key}' already`)
  }
  return EXIT_OK
}

/** On the store's clock, when sending begins; a moment that is over is now. */
async function delayUntil(broker: Broker, atMs: number | undefined): Promise<{ readonly delayMs?: number }> {
  if (atMs === undefined) return {}
  const { nowMs } = await broker.describe()
  return { delayMs: Math.max(0, atMs - nowMs) }
}

const isStream = (texts: readonly string[]): boolean => texts.length === 0 || (texts.length === 1 && texts[0] === '-')

/** A payload where the queue should stand is a queue forgotten, and a terminal is no pipe of lines. */
function checkGiven(queue: string, terminal: Terminal): void {
  if (/^\s*[[{"]/.test(queue)) {
    throw new CliError('usage', `the queue is missing before ${queue}`, { hint: "Like: hob send mail '{}'" })
  }
  if (!canAsk(terminal)) return
  throw new CliError('usage', `there is nothing to send to ${queue}`, {
    hint: 'Give payloads as JSON, or - to type lines of it.',
  })
}
