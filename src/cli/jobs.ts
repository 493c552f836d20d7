import type { Broker } from '../broker/broker.js'
import type { JobView } from '../broker/control.js'
import { JOB_STATES, type JobState } from '../core/job-state.js'
import { shellQuote } from '../orders/shell-quote.js'
import { type JobWalk, jobPages } from '../queue/job-pages.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { jobJson } from './job-json.js'
import { jobLines } from './job-lines.js'
import { flag, option, someOf, type ValueKind, wholeNumber } from './option.js'
import type { Output } from './print/output.js'
import { visible } from './print/visible.js'
import { queueNamed, stateWord } from './queues.js'

/** Jobs in a table, unless `--limit` says otherwise. */
const SHOWN = 100

/** Where there is no terminal, a line of the table is no wider. */
const PIPE_WIDTH = 200

/** The id of a job, which may be gone by now: every engine numbers its jobs. */
const jobId: ValueKind<string> = {
  parse(text) {
    if (/^\d{1,15}$/.test(text)) return text
    throw new CliError('usage', `'${text}' is no id of a job`, { hint: 'Ids are numbers, as hob jobs shows them.' })
  },
}

/** `hob jobs`. */
export const jobs: Command = defineCommand({
  args: [{ syntax: '<queue>', summary: 'The queue.' }],
  options: {
    states: option('--state <states>', 'Only jobs in these states, with commas between them.', someOf(JOB_STATES)),
    limit: option(
      '--limit <n>',
      `At most so many: ${SHOWN} unless given, all with --jsonl.`,
      wholeNumber({ min: 1, max: 1_000_000 }),
    ),
    after: option('--after <id>', 'Only jobs after this one: the next page.', jobId),
    jsonl: flag('--jsonl', 'A line of JSON for each, in constant memory.'),
  },
  examples: [
    { line: 'hob jobs mail', says: 'The oldest jobs of a queue.' },
    { line: 'hob jobs mail --state error,cancelled', says: 'What went wrong.' },
    { line: 'hob jobs mail --jsonl | jq -r .payload.to', says: 'Every job, for other tools.' },
  ],
  async run({ args: [queue = ''], options: { states, limit, after, jsonl }, globals: { json }, terminal, openBroker }) {
    const broker = await openBroker({ create: false })
    await queueNamed(broker, queue)
    const walk: JobWalk = { queue, ...(states && { states }), ...(after !== undefined && { after }) }
    if (jsonl) return printAll(broker, { walk, limit: limit ?? Number.POSITIVE_INFINITY }, terminal.out)
    const { page, next } = await readPage(broker, walk, limit ?? SHOWN)
    if (json) terminal.out.json({ jobs: page.map(jobJson), next })
    else if (page.length === 0) terminal.out.line(tellNone(queue, { states, after }))
    else {
      const { nowMs } = await broker.describe()
      const { width: columns, isTerminal, paint } = terminal.out
      const width = isTerminal ? columns : PIPE_WIDTH
      for (const line of jobLines(page, { nowMs, width, paint })) await terminal.out.flow(`${line}\n`)
      if (next !== null) terminal.err.line(`hob: there are more: ${nextLine(queue, { states, limit, next })}`)
    }
    return EXIT_OK
  },
})

async function printAll(
  broker: Broker,
  { walk, limit }: { walk: JobWalk; limit: number },
  out: Output,
): Promise<number> {
  let left = limit
  for await (const page of jobPages(broker, walk)) {
    const shown = page.slice(0, left)
    await out.flow(shown.map((job) => `${JSON.stringify(jobJson(job))}\n`).join(''))
    left -= shown.length
    if (left === 0) break
  }
  return EXIT_OK
}

/** @returns `next` is the id after which there are more; null when there are none. */
async function readPage(
  broker: Broker,
  walk: JobWalk,
  limit: number,
): Promise<{ page: readonly JobView[]; next: string | null }> {
  const read: JobView[] = []
  for await (const page of jobPages(broker, walk)) {
    read.push(...page)
    if (read.length > limit) break
  }
  const page = read.slice(0, limit)
  return { page, next: read.length > limit ? (page.at(-1)?.id ?? null) : null }
}

interface Bounds {
  readonly states: readonly JobState[] | undefined
  readonly after: string | undefined
}

function tellNone(queue: string, { states, after }: Bounds): string {
  const later = after === undefined ? '' : ` after ${after}`
  if (states !== undefined) return `no job of ${visible(queue)}${later} is ${states.map(stateWord).join(' or ')}`
  return `${visible(queue)} has no ${after === undefined ? 'jobs' : `more jobs${later}`}`
}

function nextLine(
  queue: string,
  { states, limit, next }: { states: readonly JobState[] | undefined; limit: number | undefined; next: string },
): string {
  const flags = [
    ...(states === undefined ? [] : [`--state ${states.join(',')}`]),
    ...(limit === undefined ? [] : [`--limit ${limit}`]),
    `--after ${next}`,
  ]
  return `hob jobs ${shellQuote(queue)} ${flags.join(' ')}`
}
