import { formatCount, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import { messageOf } from '../core/errors.js'
import type { DaemonEvent } from '../rule/daemon/daemon-event.js'
import type { RunEvent } from '../rule/run/run-events.js'
import type { RunRecord } from '../rule/run-record.js'
import { approximateLines } from './engine-words.js'
import { formatMoment } from './print/time.js'
import { absentText, roundedText } from './rule-account.js'

/** One line of the daemon's log without its time: the area that speaks, and what it says. */
export interface LogLine {
  readonly area: 'rules.daemon' | 'rules.job' | 'rules.result' | 'rules.archiver' | 'rules.notify'
  readonly text: string
}

/** What the log says of an event. */
export function linesOf(event: DaemonEvent): readonly LogLine[] {
  switch (event.kind) {
    case 'loaded':
      return [
        daemon(
          `Loaded ${plural(event.rules.length, 'rule')}${event.rules.length > 0 ? `: ${event.rules.join(', ')}` : ''}`,
        ),
        ...event.faults.map(({ message }) => daemon(`A module does not load: ${message}`)),
      ]
    case 'skipped':
      return [...processing(event.sources), job(`Skipping job ${event.rule}: ${whySkipped(event)}`)]
    case 'started':
      return [
        ...processing(event.sources),
        job(`Started job ${event.run} processing ${tellInput(event.blobs, event.files)}`),
      ]
    case 'run':
      return runLines(event.event)
    case 'notified':
      return [notice(event)]
    case 'fault':
      return [daemon(messageOf(event.error))]
  }
}

const daemon = (text: string): LogLine => ({ area: 'rules.daemon', text })
const job = (text: string): LogLine => ({ area: 'rules.job', text })
const result = (text: string): LogLine => ({ area: 'rules.result', text })

const processing = (tags: readonly string[]): readonly LogLine[] =>
  tags.length === 0 ? [] : [job(`Processing tags: [${tags.map((tag) => `'${tag}'`).join(', ')}]`)]

function whySkipped({ reasons, why }: DaemonEvent & { kind: 'skipped' }): string {
  const [first] = reasons.filter(({ kind }) => kind !== 'early')
  return first?.kind === 'few' ? `${plural(first.need, 'blob')} required, have only ${formatCount(first.have)}` : why
}

function tellInput(blobs: number, files: number): string {
  const parts = [blobs > 0 ? plural(blobs, 'blob') : '', files > 0 ? plural(files, 'file') : '']
  return parts.filter((part) => part !== '').join(' and ')
}

function runLines(event: RunEvent): readonly LogLine[] {
  const { record } = event
  switch (event.kind) {
    case 'began':
      return event.isTakeover ? [job(`Going on with job ${record.id}, which another process had begun`)] : []
    case 'progress':
      return []
    case 'changed':
      return [job(`Starting job ${record.id} over: its rule was changed`)]
    case 'saving': {
      const done = job(`Done waiting for job ${record.id}`)
      return event.processor === null ? [done] : [done, result(`${record.id}: Saving in ${event.processor}`)]
    }
    case 'done':
      return [finished(record), ...approximate(record), ...badLines(record), ...archived(record, event.archived)]
    case 'retry':
      return [
        ...badLines(record),
        job(
          `Job ${record.id} failed: ${record.error}; tried again ${record.retryMs === null ? 'soon' : `at ${formatMoment(record.retryMs)}`}`,
        ),
      ]
    case 'failed':
      return [...badLines(record), job(`Job ${record.id} failed for good: ${record.error}`)]
    case 'trouble':
      return [job(`${record.id}: ${messageOf(event.error)}`)]
  }
}

function finished({ id, counters, rowsOut, startedMs, endedMs }: RunRecord): LogLine {
  const keysets = Object.keys(rowsOut ?? counters?.keysets ?? {}).length
  const took = endedMs === null ? '' : ` in ${formatDuration(endedMs - startedMs)}`
  return result(
    `${id}: Finished processing ${plural(counters?.rowsRead ?? 0, 'line')} in ${plural(keysets, 'keyset')}.${took === '' ? '' : ` It took${took.slice(3)}.`}`,
  )
}

const approximate = ({ id, approximate: columns = [] }: RunRecord): readonly LogLine[] =>
  approximateLines(columns).map((text) => result(`${id}: ${text}`))

/** What was not counted in, in one line; nothing when all was. */
function badLines({ id, counters }: RunRecord): readonly LogLine[] {
  if (counters === null) return []
  const keysets = Object.entries(counters.keysets)
  const parts = [
    counters.rowsBad > 0 ? `${plural(counters.rowsBad, 'bad row')} set aside` : '',
    ...keysets.map(([name, { keysMissing }]) =>
      keysMissing > 0 ? `${plural(keysMissing, 'row')} without a key${of(name)}` : '',
    ),
    ...keysets.map(([name, { valuesNotNumeric }]) =>
      valuesNotNumeric > 0 ? `${plural(valuesNotNumeric, 'value')} not numeric${of(name)}` : '',
    ),
    ...keysets.flatMap(([name, { absent = [] }]) => absent.map((part) => `${absentText(part)}${of(name)}`)),
    ...keysets.flatMap(([name, { rounded = [] }]) => rounded.map((part) => `${roundedText(part)}${of(name)}`)),
  ].filter((part) => part !== '')
  return parts.length === 0 ? [] : [result(`${id}: ${parts.join(', ')}`)]
}

const of = (keyset: string): string => (keyset === '_default' ? '' : ` in ${keyset}`)

const archived = (_record: RunRecord, tags: Readonly<Record<string, number>>): readonly LogLine[] =>
  Object.entries(tags).map(([tag, count]) => ({
    area: 'rules.archiver',
    text: `Archived ${plural(count, 'blob')} to ${tag}`,
  }))

const notice = ({ run, to, error }: DaemonEvent & { kind: 'notified' }): LogLine => ({
  area: 'rules.notify',
  text: error === null ? `${run}: told by ${to}` : `${run}: not told by ${to}: ${error}`,
})
