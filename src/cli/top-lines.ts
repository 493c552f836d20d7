import { formatCount, formatRate, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { Paint } from './print/colour.js'
import { type Column, formatTable } from './print/table.js'
import { formatMoment } from './print/time.js'
import { visible } from './print/visible.js'
import { countColumn, nodeColumns, pausedColumn } from './status-lines.js'
import { busyFirst, type Percentiles, type TopQueue, type TopView } from './top-view.js'

/** How to show a moment. */
export interface TopFrame {
  readonly paint: Paint
  /** Lines that fit; Infinity where there is no screen. */
  readonly height: number
  /** What to say in the first line, such as that the store does not answer. */
  readonly notice: string
}

/** Lines that are no rows: the head, and what stands above and below each table. */
const FRAME_LINES = 6

/** One frame of `hob top`: what is busy stands first, and what does not fit is counted. */
export function topLines(
  { place, nowMs, queues, nodes }: TopView,
  { paint, height, notice }: TopFrame,
): readonly string[] {
  const room = height - FRAME_LINES
  const nodeRoom = Math.min(nodes.length, Math.max(2, Math.floor(room / 3)))
  const queueRoom = Math.max(2, room - nodeRoom)
  const sorted = busyFirst(queues, ({ outPerSecond }) => outPerSecond)
  const busyNodes = nodes.toSorted((a, b) => b.running - a.running)
  return [
    `${paint.bold(visible(place))}  ${formatMoment(nowMs)}  ${notice}`.trimEnd(),
    '',
    ...(queues.length === 0
      ? ['No queues yet.']
      : formatTable(queueColumns(queues), sorted.slice(0, queueRoom), paint)),
    ...more(queues.length - queueRoom, 'queue'),
    ...(nodes.length === 0 ? [] : ['', ...formatTable(nodeColumns(nowMs), busyNodes.slice(0, nodeRoom), paint)]),
    ...more(nodes.length - nodeRoom, 'node'),
  ]
}

const more = (count: number, noun: string): readonly string[] =>
  count > 0 ? [`… and ${plural(count, noun)} more`] : []

const queueColumns = (queues: readonly TopQueue[]): readonly Column<TopQueue>[] => [
  { heading: 'QUEUE', align: 'left', cell: (row) => row.queue },
  countColumn('ready'),
  countColumn('scheduled'),
  countColumn('running', 'green'),
  countColumn('error', 'red'),
  { heading: 'IN', align: 'right', cell: (row) => (row.inPerSecond === null ? '-' : formatRate(row.inPerSecond)) },
  { heading: 'OUT', align: 'right', cell: (row) => formatRate(row.outPerSecond) },
  {
    heading: 'OLDEST',
    align: 'right',
    cell: (row) => (row.oldestReadyMs === null ? '-' : formatSpan(row.oldestReadyMs)),
  },
  { heading: 'WAIT P50/P95', align: 'right', cell: (row) => tellPercentiles(row.latency?.waited) },
  { heading: 'RUN P50/P95', align: 'right', cell: (row) => tellPercentiles(row.latency?.ran) },
  ...pausedColumn(queues),
]

const tellPercentiles = (of: Percentiles | undefined): string =>
  of === undefined ? '-' : `${formatSpan(of.p50Ms)}/${formatSpan(of.p95Ms)}`

/** Latencies are often a few milliseconds. */
const formatSpan = (ms: number): string => (ms < 1_000 ? `${formatCount(Math.round(ms))}ms` : formatDuration(ms))
