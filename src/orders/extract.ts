import type { Control, JobView } from '../broker/control.js'
import type { JobState } from '../core/job-state.js'
import { jobPages } from '../queue/job-pages.js'
import { parseOrder } from './payload.js'

/** How an extract is written. */
export type ExtractFormat = 'csv' | 'json' | 'jsonl'

/** Every format, for the command line's help. */
export const EXTRACT_FORMATS: readonly ExtractFormat[] = ['csv', 'json', 'jsonl']

/** What to extract, and how to write it. */
export interface ExtractOptions {
  readonly queue: string
  /** Absent: every state. */
  readonly states?: readonly JobState[]
  readonly format: ExtractFormat
}

/**
 * The orders of a queue as text, oldest first, in pieces of some hundred orders: memory stays the same for a million.
 *
 * The columns are `_id,status,waiter,start,stop,arguments,error,attempts,exit_code`; times are seconds since 1970. CSV
 * has the arguments as a JSON array; JSON has a real one, and `names` after it for an order whose arguments have names.
 * It is not one snapshot: an order that changes meanwhile is told as it was when its page was read.
 */
export async function* extractOrders(control: Control, options: ExtractOptions): AsyncGenerator<string> {
  const { queue, states, format } = options
  const { open, text, between, close } = FORMATS[format]
  const walk = { queue, ...(states ? { states } : {}) }
  yield open
  let isFirst = true
  for await (const jobs of jobPages(control, walk)) {
    yield (isFirst ? '' : between) + jobs.map((job) => text(rowOf(job))).join(between)
    isFirst = false
  }
  yield close
}

interface ExtractRow {
  readonly _id: string
  readonly status: string
  readonly waiter: string | null
  readonly start: number | null
  readonly stop: number | null
  readonly arguments: readonly string[]
  readonly names?: readonly string[]
  readonly error: string | null
  readonly attempts: number
  readonly exit_code: number | null
}

function rowOf(job: JobView): ExtractRow {
  const { values, names } = parseOrder(job.payload)
  return {
    _id: job.id,
    status: job.state.toUpperCase(),
    waiter: job.node,
    start: job.startedMs === null ? null : job.startedMs / 1_000,
    stop: job.settledMs === null ? null : job.settledMs / 1_000,
    arguments: values,
    ...(names ? { names } : {}),
    error: job.error,
    attempts: job.attempts,
    exit_code: job.exitCode,
  }
}

interface Format {
  readonly open: string
  readonly text: (row: ExtractRow) => string
  readonly between: string
  readonly close: string
}

const FORMATS: Readonly<Record<ExtractFormat, Format>> = {
  csv: {
    open: '_id,status,waiter,start,stop,arguments,error,attempts,exit_code\n',
    text: csvLine,
    between: '',
    close: '',
  },
  json: { open: '[', text: (row) => `\n${JSON.stringify(row)}`, between: ',', close: '\n]\n' },
  jsonl: { open: '', text: (row) => `${JSON.stringify(row)}\n`, between: '', close: '' },
}

function csvLine(row: ExtractRow): string {
  const fields = [
    row._id,
    row.status,
    row.waiter,
    row.start?.toFixed(3),
    row.stop?.toFixed(3),
    JSON.stringify(row.arguments),
    row.error,
    row.attempts,
    row.exit_code,
  ]
  return `${fields.map((field) => csvField(String(field ?? ''))).join(',')}\n`
}

/** RFC 4180, but for its line ends: LF, as every other tool of a Unix pipeline writes. */
const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
