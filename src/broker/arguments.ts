import { ArgumentError } from '../core/errors.js'
import { JOB_STATES } from '../core/job-state.js'
import {
  BATCH_MAX,
  LEASE_MS_MAX,
  LEASE_MS_MIN,
  PAYLOAD_BYTES_MAX,
  PRIORITY_MAX,
  RESULT_BYTES_MAX,
} from '../core/limits.js'
import type { Change, JobQuery, Reset } from './control.js'
import type { AttemptReport, JobId, Lease, NewJob, Outcome, Retention, Settle, Step, Sweep, Take } from './job-store.js'
import type { Page, RecordPut } from './records.js'
import { fits } from './tail.js'

/** Characters in the name of a queue or a node. */
const NAME_MAX = 200

/** Characters in the key of a job or a record. */
const KEY_MAX = 1_000

/** A thousand years: no wait is longer, and a time plus it is still an exact number and a date. */
const WAIT_MS_MAX = 1_000 * 365 * 86_400_000

const DAY_MS = 86_400_000

const OUTCOMES = ['done', 'retry', 'error', 'snooze', 'release', 'cancel']
const CHANGES = ['retry', 'cancel', 'drop']
const KEY_SCOPES = ['live', 'kept']

/** Checks the steps of one `commit`, and how many jobs and records they hold together. Each check here throws an ArgumentError. */
export function checkSteps(steps: readonly Step[]): void {
  checkWhole('steps.length', steps.length, 1, BATCH_MAX)
  let sendCount = 0
  let putCount = 0
  for (const { settle, send, put } of steps) {
    if (settle) checkSettle(settle)
    if (send) for (const job of send) checkNewJob(job)
    if (put) for (const change of put) checkPut(change)
    sendCount += send?.length ?? 0
    putCount += put?.length ?? 0
  }
  checkWhole('jobs to send', sendCount, 0, BATCH_MAX)
  checkWhole('records to put', putCount, 0, BATCH_MAX)
}

/** A caller's transaction; whether it is one of its store, the engine finds out. */
export function checkTransaction(transaction: unknown): void {
  const isObject = typeof transaction === 'object' || typeof transaction === 'function'
  if (!isObject || transaction === null) throw new ArgumentError('transaction is not an open transaction')
}

/** What `take` is asked for. */
export function checkTake({ queue, node, countMax, leaseMs, suspectsMax }: Take): void {
  checkQueue(queue)
  checkName('node', node, NAME_MAX)
  checkCountMax(countMax)
  checkLeaseMs(leaseMs)
  if (suspectsMax !== undefined) checkWhole('suspectsMax', suspectsMax, 0, 1)
}

/** Leases to renew, and for how long. */
export function checkExtend(leases: readonly Lease[], leaseMs: number): void {
  checkWhole('leases.length', leases.length, 0, BATCH_MAX)
  for (const lease of leases) checkLease(lease)
  checkLeaseMs(leaseMs)
}

/** What `sweep` is asked for. */
export function checkSweep({ queue, keep, countMax }: Sweep): void {
  checkQueue(queue)
  checkKeep('doneMax', keep)
  checkKeep('errorMax', keep)
  checkKeep('doneMs', keep)
  checkKeep('errorMs', keep)
  checkCountMax(countMax)
}

/** The bound of a listing. */
export function checkPage({ after, countMax }: Page): void {
  if (after !== undefined) checkString('after', after)
  checkCountMax(countMax)
}

/** A queue to wait for, and how long at most. */
export function checkWait(queue: string, mostMs: number): void {
  checkQueue(queue)
  checkWhole('mostMs', mostMs, 0, DAY_MS)
}

/** Queues that are looked at together. */
export function checkQueues(queues: readonly string[]): void {
  checkWhole('queues.length', queues.length, 0, BATCH_MAX)
  for (const queue of queues) checkQueue(queue)
}

/** Which jobs to list. */
export function checkJobQuery({ queue, ids, states, after, countMax }: JobQuery): void {
  if (ids !== undefined) checkIds(ids)
  if (queue !== undefined) checkQueue(queue)
  for (const state of states ?? []) checkOneOf('states', state, JOB_STATES)
  checkPage(after === undefined ? { countMax } : { after, countMax })
}

/** Jobs to change, each named once, and how. */
export function checkChange(ids: readonly JobId[], change: Change): void {
  checkIds(ids)
  checkOneOf('change', change.kind, CHANGES)
  if (change.kind === 'cancel') checkString('reason', change.reason)
}

function checkIds(ids: readonly JobId[]): void {
  checkWhole('ids.length', ids.length, 1, BATCH_MAX)
  for (const id of ids) checkString('id', id)
  if (new Set(ids).size < ids.length) refuse('ids', ids, 'it must name each job once')
}

/** What records are watched by. */
export function checkTopic(topic: string): void {
  checkName('topic', topic, NAME_MAX)
  if (topic.includes('/')) refuse('topic', topic, 'it must be one word, without /')
}

/** A queue to reset, and the nodes that are gone. */
export function checkReset({ queue, gone }: Reset): void {
  checkQueue(queue)
  for (const node of gone) checkName('gone', node, NAME_MAX)
}

// A caller mostly names the same queue: the last good name need not be looked at again for each of a thousand jobs.
let lastQueue: string | null = null

/** The name of a queue. */
export function checkQueue(queue: string): void {
  if (queue === lastQueue) return
  checkName('queue', queue, NAME_MAX)
  lastQueue = queue
}

/** The key of a record. */
export const checkRecordKey = (key: string): void => checkName('key', key, KEY_MAX)

/** Any text; a program without types may give something else. */
export function checkString(field: string, value: string): void {
  if (typeof value !== 'string') refuse(field, value, 'it must be a text')
}

/** A switch; a program without types may give something else. */
export function checkTrueOrFalse(field: string, value: unknown): void {
  if (typeof value !== 'boolean') refuse(field, value, 'it must be true or false')
}

/** What is called back; a program without types may give something else. */
export function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') refuse(field, value, 'it must be a function')
}

function checkNewJob(job: NewJob): void {
  checkQueue(job.queue)
  checkSize('payload', job.payload, PAYLOAD_BYTES_MAX)
  if (job.priority !== undefined) checkWhole('priority', job.priority, -PRIORITY_MAX, PRIORITY_MAX)
  if (job.delayMs !== undefined) {
    checkWhole('delayMs', job.delayMs, 0, WAIT_MS_MAX)
    if (job.expedite) refuse('delayMs', job.delayMs, 'it cannot go together with expedite')
  }
  if (job.key !== undefined) checkJobKey(job.key)
  if (job.keyScope !== undefined) checkOneOf('keyScope', job.keyScope, KEY_SCOPES)
  if (job.attemptsMax !== undefined) checkWhole('attemptsMax', job.attemptsMax, 1, Number.MAX_SAFE_INTEGER)
}

function checkSettle({ job, lease, outcome, report }: Settle): void {
  checkString('job', job)
  checkLease(lease)
  checkOutcome(outcome)
  if (report) checkReport(report)
}

/** How an attempt ended. A worker asks before it settles, so that one bad outcome cannot spoil a batch. */
export function checkOutcome(outcome: Outcome): void {
  const { kind } = outcome
  checkOneOf('outcome', kind, OUTCOMES)
  if (kind === 'done' && outcome.result !== undefined) checkSize('result', outcome.result, RESULT_BYTES_MAX)
  if (kind === 'retry' || kind === 'snooze') checkSpan('inMs', outcome.inMs)
  if (kind === 'retry' || kind === 'error') checkString('error', outcome.error)
  if (kind === 'cancel') checkString('reason', outcome.reason)
}

function checkReport({ ranMs, exitCode, signal, output }: AttemptReport): void {
  checkSpan('ranMs', ranMs)
  if (exitCode !== undefined) checkWhole('exitCode', exitCode, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  if (signal !== undefined) checkString('signal', signal)
  if (output !== undefined) checkString('output', output)
}

function checkLease({ queue, epoch }: Lease): void {
  checkQueue(queue)
  checkWhole('epoch', epoch, 0, Number.MAX_SAFE_INTEGER)
}

function checkPut({ key, value, expected, ttlMs }: RecordPut): void {
  checkRecordKey(key)
  if (value !== null) checkSize('value', value, PAYLOAD_BYTES_MAX)
  if (expected !== undefined) checkWhole('expected', expected, 0, Number.MAX_SAFE_INTEGER)
  if (ttlMs !== undefined) checkWhole('ttlMs', ttlMs, 0, WAIT_MS_MAX)
}

function checkKeep(field: keyof Retention, { [field]: bound = Number.POSITIVE_INFINITY }: Retention): void {
  if (bound !== Number.POSITIVE_INFINITY) checkWhole(field, bound, 0, Number.MAX_SAFE_INTEGER)
}

const checkCountMax = (countMax: number): void => checkWhole('countMax', countMax, 1, BATCH_MAX)

const checkLeaseMs = (leaseMs: number): void => checkWhole('leaseMs', leaseMs, LEASE_MS_MIN, LEASE_MS_MAX)

/** Milliseconds of an outcome; they may have a fraction, which is rounded later. */
function checkSpan(field: string, ms: number): void {
  if (!(ms >= 0 && ms <= WAIT_MS_MAX)) refuse(field, ms, `it must be a number from 0 to ${WAIT_MS_MAX}`)
}

/** @throws ArgumentError when the value is no whole number within its bounds. */
export function checkWhole(field: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  refuse(field, value, `it must be a whole number from ${min} to ${max}`)
}

/** Names are printed, so they hold no control characters; half a surrogate pair could not be stored as UTF-8. */
export function checkName(field: string, name: string, lengthMax: number = NAME_MAX): void {
  checkString(field, name)
  if (name.length >= 1 && name.length <= lengthMax && !/[\p{Cc}\p{Cs}]/u.test(name)) return
  refuse(field, name, `it must have 1 to ${lengthMax} characters, none of them a control character`)
}

/** What a job's key must be, as a sentence about it ends. */
export const JOB_KEY_RULE: string = `it must have 1 to ${KEY_MAX} characters, none of them NUL`

/** Whether a text can be a job's key. Cells of tables are, so line ends are allowed; NUL is not, since not every store can hold it. */
export const isJobKey = (key: string): boolean => key.length >= 1 && key.length <= KEY_MAX && !/[\0\p{Cs}]/u.test(key)

function checkJobKey(key: string): void {
  checkString('key', key)
  if (!isJobKey(key)) refuse('key', key, JOB_KEY_RULE)
}

function checkSize(field: string, text: string, bytesMax: number): void {
  checkString(field, text)
  if (!fits(text, bytesMax)) refuse(field, `${Buffer.byteLength(text)} bytes`, `it must have at most ${bytesMax} bytes`)
}

function checkOneOf(field: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) refuse(field, value, `it must be one of ${words.join(', ')}`)
}

function refuse(field: string, value: unknown, bound: string): never {
  throw new ArgumentError(`${field} is ${shown(value)}: ${bound}`)
}

/** A value in a few characters on one line; a huge one is cut before it is looked at. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'number') return String(value)
  return value === null ? 'null' : typeof value
}
