import type { JsonText } from '../../core/json.js'
import type { AttemptView } from '../control.js'

/** The first line of a job's record. */
export interface JobHead {
  readonly sentMs: number
  readonly queue: string
  readonly priority: number
  readonly isExpedited: boolean
  readonly delayMs: number
  readonly attemptsMax: number | null
  readonly key: string | null
}

/** What has changed about a job since it was sent, as part-life writes it; absent for a job that only waited. */
export interface JobChanges {
  readonly failures: number
  readonly crashes: number
  /** null: as it was sent. */
  readonly dueMs: number | null
  readonly node: string | null
  readonly startedMs: number | null
  readonly settledMs: number | null
  readonly exitCode: number | null
  readonly error: string | null
  readonly result: JsonText | null
}

/** No life is kept of a job that has only waited and run. */
export const NO_CHANGES: JobChanges = {
  failures: 0,
  crashes: 0,
  dueMs: null,
  node: null,
  startedMs: null,
  settledMs: null,
  exitCode: null,
  error: null,
  result: null,
}

/** A text within a line of tab-separated fields: as JSON, which holds neither tab nor line end. Nothing for none. */
export const quoted = (text: string | null | undefined): string => (text == null ? '' : JSON.stringify(text))

/** A key as the scripts know it: the same for the same key, and without tab or line end. */
export const keyText = (key: string): string => JSON.stringify(key).slice(1, -1)

const unquoted = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : (JSON.parse(text) as string)

const numberOr = <T>(text: string | undefined, otherwise: T): number | T =>
  text === undefined || text === '' ? otherwise : Number(text)

// Jobs that were sent together share their first line: the last one need not be read again for each of a thousand jobs.
let lastLine = '\n'
let lastHead: JobHead = readHead('')

/** What a job's record says above its payload. */
export function headOf(record: string): JobHead {
  if (!record.startsWith(lastLine)) {
    lastLine = record.slice(0, record.indexOf('\n') + 1)
    lastHead = readHead(lastLine.slice(0, -1))
  }
  return lastHead
}

/** The payload of a job's record, letter for letter. */
export const payloadOf = (record: string): JsonText => record.slice(record.indexOf('\n') + 1)

function readHead(line: string): JobHead {
  const [sent, queue = '', priority, front, delay, attempts, key = ''] = line.split('\t')
  return {
    sentMs: Number(sent),
    queue,
    priority: numberOr(priority, 0),
    isExpedited: front === 'x',
    delayMs: numberOr(delay, 0),
    attemptsMax: numberOr(attempts, null),
    key: key === '' ? null : unquoted(`"${key}"`),
  }
}

/** The parts of a life. */
export function readChanges(text: string | null): JobChanges {
  if (text === null || text === '') return NO_CHANGES
  const end = text.indexOf('\n')
  const [, failures, crashes, due, node, started, settled, exit, error] = text.slice(0, end).split('\t')
  const result = text.slice(end + 1)
  return {
    failures: Number(failures),
    crashes: Number(crashes),
    dueMs: numberOr(due, null),
    node: node === undefined || node === '' ? null : node,
    startedMs: numberOr(started, null),
    settledMs: numberOr(settled, null),
    exitCode: numberOr(exit, null),
    error: unquoted(error),
    result: result === '' ? null : result.slice(1),
  }
}

/** One line of a job's attempts. */
export function readAttempt(line: string): AttemptView {
  const [node = '', started, settled, ended = '', exit, signal, error, output] = line.split('\t')
  return {
    node,
    startedMs: Number(started),
    endedMs: Number(settled),
    ended: ended as AttemptView['ended'],
    exitCode: numberOr(exit, null),
    signal: unquoted(signal),
    error: unquoted(error),
    output: unquoted(output),
  }
}
