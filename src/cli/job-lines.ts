import type { JobView } from '../broker/control.js'
import { formatCount } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { JobState } from '../core/job-state.js'
import type { Paint } from './print/colour.js'
import { type Column, formatTable } from './print/table.js'
import { shorten } from './print/visible.js'
import { stateWord } from './queues.js'

/** A text is cut to so many characters at least, however narrow the terminal is. */
const TEXT_MIN = 20

/** How to show jobs. */
export interface JobTable {
  /** On the store's clock. */
  readonly nowMs: number
  /** Columns of the terminal. */
  readonly width: number
  readonly paint: Paint
}

/** Jobs as a table; payloads and errors are cut, so that each job has one line of the terminal. */
export function jobLines(jobs: readonly JobView[], { nowMs, width, paint }: JobTable): readonly string[] {
  const hasErrors = jobs.some(({ error }) => error !== null)
  const facts = factColumns(jobs, nowMs)
  const [heading = ''] = formatTable(facts, jobs)
  const factsWidth = Math.max(heading.length, ...formatTable(facts, jobs).map((line) => line.length))
  const room = Math.max(TEXT_MIN, width - factsWidth - 2)
  const payloadWidth = hasErrors ? Math.max(TEXT_MIN, Math.floor(room / 2) - 2) : room
  const texts: readonly Column<JobView>[] = [
    { heading: 'PAYLOAD', align: 'left', cell: ({ payload }) => cut(payload, payloadWidth) },
    {
      heading: 'ERROR',
      align: 'left',
      cell: ({ error }) => cut(firstLine(error), Math.max(TEXT_MIN, room - payloadWidth - 2)),
    },
  ]
  return formatTable([...facts, ...texts.slice(0, hasErrors ? 2 : 1)], jobs, paint)
}

function factColumns(jobs: readonly JobView[], nowMs: number): readonly Column<JobView>[] {
  const hasPriority = jobs.some(({ priority, isExpedited }) => priority !== 0 || isExpedited)
  return [
    { heading: 'ID', align: 'left', cell: ({ id }) => id },
    {
      heading: 'STATE',
      align: 'left',
      cell: ({ state }) => stateWord(state),
      paint: (text, { state }, paint) => (COLOURS[state] === undefined ? text : paint[COLOURS[state]](text)),
    },
    { heading: 'AGE', align: 'right', cell: ({ sentMs }) => formatDuration(Math.max(0, nowMs - sentMs)) },
    { heading: 'ATTEMPTS', align: 'right', cell: tellAttempts },
    ...(hasPriority ? [{ heading: 'PRIORITY', align: 'right', cell: tellPriority } as const] : []),
    ...(jobs.some(({ key }) => key !== null)
      ? [{ heading: 'KEY', align: 'left', cell: ({ key }: JobView) => cut(key ?? '', KEY_MAX) } as const]
      : []),
  ]
}

const COLOURS: Readonly<Partial<Record<JobState, 'red' | 'green'>>> = { error: 'red', running: 'green' }

/** Characters of a key that are shown. */
const KEY_MAX = 40

const tellAttempts = ({ attempts, attemptsMax }: JobView): string =>
  attemptsMax === null ? formatCount(attempts) : `${formatCount(attempts)}/${formatCount(attemptsMax)}`

const tellPriority = ({ priority, isExpedited }: JobView): string => (isExpedited ? 'expedited' : String(priority))

/** What a worker kept of an error may be a whole stack. */
const firstLine = (error: string | null): string => error?.trimStart().split('\n', 1)[0] ?? ''

/** On one line: white space that JSON may have between its signs is one space. */
const cut = (text: string, width: number): string =>
  shorten(text.slice(0, 4 * width).replace(/\s+/g, ' ') + (text.length > 4 * width ? '…' : ''), width)
