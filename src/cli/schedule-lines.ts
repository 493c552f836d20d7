import { formatCount } from '../core/count.js'
import { exactDuration, formatDuration } from '../core/duration.js'
import type { ScheduleView } from '../queue/schedules.js'
import type { Paint } from './print/colour.js'
import { type Column, formatTable } from './print/table.js'
import { formatMoment } from './print/time.js'
import { visible } from './print/visible.js'

/** What `hob schedule ls` shows. */
export interface SchedulesView {
  readonly schedules: readonly ScheduleView[]
  /** The process that ticks them; null when there is none. */
  readonly leader: string | null
  readonly nowMs: number
}

const NOTHING = '-'

/** The schedules in a table, and who ticks them. */
export function scheduleLines({ schedules, leader, nowMs }: SchedulesView, paint: Paint): readonly string[] {
  if (schedules.length === 0) return ['No schedules yet. Add one: hob schedule add NAME --every 1h -q QUEUE']
  const nobody = 'No process ticks them now: a worker on this kitchen does.'
  return [
    ...formatTable(columns(schedules, nowMs), schedules, paint),
    '',
    leader === null ? paint.yellow(nobody) : `ticked by ${visible(leader)}`,
  ]
}

/** When a schedule ticks: `30 2 * * * Europe/Berlin`, `every 5s`. */
export const tellTimes = ({ cron, zone, everyMs }: Pick<ScheduleView, 'cron' | 'zone' | 'everyMs'>): string =>
  everyMs === null ? `${cron} ${zone}` : `every ${exactDuration(everyMs)}`

function columns(schedules: readonly ScheduleView[], nowMs: number): readonly Column<ScheduleView>[] {
  const countOf = (heading: string, count: (row: ScheduleView) => number): readonly Column<ScheduleView>[] =>
    schedules.some((row) => count(row) > 0) ? [{ heading, align: 'right', cell: (row) => formatCount(count(row)) }] : []
  return [
    { heading: 'SCHEDULE', align: 'left', cell: (row) => row.name },
    { heading: 'TICKS', align: 'left', cell: tellTimes },
    { heading: 'QUEUE', align: 'left', cell: (row) => row.queue },
    { heading: 'LAST', align: 'left', cell: ({ lastMs }) => (lastMs === null ? NOTHING : formatMoment(lastMs)) },
    { heading: 'NEXT', align: 'left', cell: (row) => tellNext(row, nowMs) },
    { heading: 'SENT', align: 'right', cell: (row) => formatCount(row.sentCount) },
    ...countOf('WAITING', (row) => row.waitingCount),
    ...countOf('MISSED', (row) => row.missedCount),
    ...countOf('OVERLAPPED', (row) => row.overlappedCount),
  ]
}

/** When a schedule ticks next, and how long that is: `2026-01-02 03:04:05, in 4m 5s`. */
export function tellNext({ nextMs, isPaused }: Pick<ScheduleView, 'nextMs' | 'isPaused'>, nowMs: number): string {
  if (isPaused) return 'paused'
  if (nextMs === null) return NOTHING
  const leftMs = nextMs - nowMs
  return `${formatMoment(nextMs)}, ${leftMs > 0 ? `in ${formatDuration(leftMs)}` : `late by ${formatDuration(-leftMs)}`}`
}
