import { hostname } from 'node:os'
import { formatCount, plural } from '../../core/count.js'
import type { Notify } from '../rule.js'
import type { RunRecord } from '../run-record.js'

/** What people and programs are told of a run, as a webhook gets it. */
export interface Notice {
  readonly event: 'failure' | 'success'
  readonly rule: string
  readonly run: string
  readonly state: RunRecord['state']
  readonly host: string
  readonly error: string | null
  /** When it is tried again; null: not. */
  readonly retryMs: number | null
  readonly attempt: number
  readonly startedMs: number
  readonly endedMs: number | null
  readonly blobs: number
  readonly files: number
  readonly rowsRead: number | null
  readonly rowsBad: number | null
  readonly rowsOut: RunRecord['rowsOut']
}

/** What a run's record says. */
export const noticeOf = (run: RunRecord): Notice => ({
  event: run.state === 'done' ? 'success' : 'failure',
  rule: run.rule,
  run: run.id,
  state: run.state,
  host: hostname(),
  error: run.error,
  retryMs: run.retryMs,
  attempt: run.attempt,
  startedMs: run.startedMs,
  endedMs: run.endedMs,
  blobs: run.blobs.length,
  files: run.files.length,
  rowsRead: run.counters?.rowsRead ?? null,
  rowsBad: run.counters?.rowsBad ?? null,
  rowsOut: run.rowsOut,
})

/** Whether somebody wants to be told of it. */
export const isWanted = ({ on = 'failure' }: Pick<Notify, 'on'>, { event }: Notice): boolean =>
  on === 'both' || on === event

/** One line: `names.last_names failed: no space is left`. */
export function headline({ event, rule, error, retryMs }: Notice): string {
  if (event === 'success') return `${rule} is done`
  const [first = ''] = (error ?? 'no reason is known').split('\n')
  return `${rule} failed${retryMs === null ? '' : ' and is tried again'}: ${first}`
}

/** What a mail says. */
export function letter(notice: Notice): string {
  const { run, host, error, retryMs, attempt, startedMs, endedMs, blobs, files, rowsRead, rowsBad, rowsOut } = notice
  const moment = (ms: number): string => new Date(ms).toISOString()
  const lines = [
    headline(notice),
    '',
    `Run: ${run}, attempt ${attempt}, on ${host}`,
    `Began: ${moment(startedMs)}${endedMs === null ? '' : `; ended: ${moment(endedMs)}`}`,
    `Input: ${plural(blobs, 'blob')}, ${plural(files, 'file')}`,
    ...(rowsRead === null ? [] : [`Rows: ${formatCount(rowsRead)} read, ${formatCount(rowsBad ?? 0)} bad`]),
    ...(rowsOut === null
      ? []
      : [
          `Result: ${Object.entries(rowsOut)
            .map(([name, rows]) => `${name} ${formatCount(rows)}`)
            .join(', ')}`,
        ]),
    ...(retryMs === null ? [] : [`Tried again: ${moment(retryMs)}`]),
    ...(error === null ? [] : ['', error]),
  ]
  return `${lines.join('\n')}\n`
}
