import { formatCount, formatRate } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { JobState } from '../core/job-state.js'
import type { Paint } from './print/colour.js'
import { type Column, formatTable } from './print/table.js'
import { visible } from './print/visible.js'
import { stateWord } from './queues.js'
import type { NodeStatus, QueueStatus, StatusView } from './status-view.js'

/** `hob status` for people: a table of queues, one of who delivers, and what a power cut may cost. */
export function statusLines(view: StatusView, paint: Paint): readonly string[] {
  const { queues, nodes, kitchen } = view
  if (queues.length === 0) return ['No orders yet. Load some: hob load FILE']
  const lines = formatTable(queueColumns(queues, WHEN_EMPTY), queues, paint)
  if (nodes.length > 0) lines.push('', ...formatTable(nodeColumns(kitchen.nowMs), nodes, paint))
  if (kitchen.lossWindow !== null) lines.push('', paint.yellow(visible(kitchen.lossWindow)))
  return lines
}

const NOTHING = '-'

/** What both tables of queues tell of one. */
export type QueueRow = Pick<QueueStatus, 'queue' | 'counts' | 'perSecond' | 'isPaused'>

/** The columns of a table of queues; `more` stands before what is there only at times. */
export function queueColumns<Row extends QueueRow>(
  rows: readonly Row[],
  more: readonly Column<Row>[],
): readonly Column<Row>[] {
  const hasCancelled = rows.some(({ counts }) => counts.cancelled > 0)
  return [
    { heading: 'QUEUE', align: 'left', cell: (row) => row.queue },
    countColumn('ready'),
    countColumn('scheduled'),
    countColumn('running', 'green'),
    countColumn('done'),
    countColumn('error', 'red'),
    ...(hasCancelled ? [countColumn('cancelled')] : []),
    { heading: 'RATE', align: 'right', cell: (row) => formatRate(row.perSecond) },
    ...more,
    ...pausedColumn(rows),
  ]
}

const WHEN_EMPTY: readonly Column<QueueStatus>[] = [
  { heading: 'ETA', align: 'right', cell: (row) => durationOrNothing(row.leftMs) },
  { heading: 'OLDEST RUNNING', align: 'right', cell: (row) => durationOrNothing(row.oldestRunningMs) },
]

/** Says which queues are paused; no column while none is. */
export const pausedColumn = <Row extends Pick<QueueStatus, 'isPaused'>>(
  rows: readonly Row[],
): readonly Column<Row>[] =>
  rows.some(({ isPaused }) => isPaused)
    ? [
        {
          heading: 'PAUSED',
          align: 'left',
          cell: ({ isPaused }) => (isPaused ? 'paused' : ''),
          paint: (text, _, paint) => paint.yellow(text),
        },
      ]
    : []

/** How many jobs of a queue are in a state; coloured where it matters. */
export function countColumn(state: JobState, colour?: 'red' | 'green'): Column<Pick<QueueStatus, 'counts'>> {
  return {
    heading: stateWord(state),
    align: 'right',
    cell: ({ counts }) => formatCount(counts[state]),
    paint: (text, { counts }, paint) => (colour && counts[state] > 0 ? paint[colour](text) : text),
  }
}

/** Who works, and what on. */
export function nodeColumns(nowMs: number): readonly Column<NodeStatus>[] {
  return [
    { heading: 'WAITER', align: 'left', cell: (row) => row.name },
    { heading: 'QUEUE', align: 'left', cell: (row) => row.queue },
    { heading: 'RUNNING', align: 'right', cell: (row) => ofConcurrency(row) },
    { heading: 'DONE', align: 'right', cell: ({ presence }) => (presence ? formatCount(presence.done) : NOTHING) },
    { heading: 'FAILED', align: 'right', cell: ({ presence }) => (presence ? formatCount(presence.failed) : NOTHING) },
    {
      heading: 'UP',
      align: 'right',
      cell: ({ presence }) => durationOrNothing(presence && nowMs - presence.startedMs),
    },
    {
      heading: 'LEASE',
      align: 'left',
      cell: tellLease,
      paint: (text, { isGone }, paint) => (isGone ? paint.red(text) : text),
    },
  ]
}

const ofConcurrency = ({ running, presence }: NodeStatus): string =>
  presence ? `${formatCount(running)}/${formatCount(presence.concurrency)}` : formatCount(running)

function tellLease({ isGone, leaseLeftMs }: NodeStatus): string {
  const left = durationOrNothing(leaseLeftMs)
  if (!isGone) return left
  return leaseLeftMs === null ? 'gone' : `gone; its orders return in ${left}, or with hob reset`
}

const durationOrNothing = (ms: number | null): string => (ms === null ? NOTHING : formatDuration(Math.max(0, ms)))
