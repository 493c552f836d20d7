import type { NewJob, SentJob, Settle, Step, StepResult } from '../job-store.js'
import type { RecordPut } from '../records.js'
import { keyText, quoted } from './texts.js'

/** An argument of a script. */
export type Word = string | number

/** Above the highest priority; also in part-line. */
const PLAIN_RANK = 1_001

const DONE: StepResult = { kind: 'done', sent: [] }
const LOST: StepResult = { kind: 'lost', sent: [] }
const CONFLICT: StepResult = { kind: 'conflict', sent: [] }

/** Whether a step is nothing but the good end of a job, which the script `finish` does for less. */
export const isFinish = ({ settle, send, put }: Step): boolean =>
  settle !== undefined && settle.outcome.kind === 'done' && send === undefined && put === undefined

/** Whether a job is one of those that the script `send` adds for less. */
export const isPlain = ({ priority, expedite, delayMs, key }: NewJob): boolean =>
  !priority && !expedite && !delayMs && key === undefined

/** What stands in the first line of a job's record behind its time and queue; nothing for most jobs. */
export function restOfHead({ priority, expedite, delayMs, attemptsMax, key }: NewJob): string {
  if (!priority && !expedite && !delayMs && attemptsMax === undefined && key === undefined) return ''
  const key_ = key === undefined ? '' : keyText(key)
  return `\t${priority || ''}\t${expedite ? 'x' : ''}\t${delayMs || ''}\t${attemptsMax ?? ''}\t${key_}`
}

/** A step as the script `commit` reads it. */
export function writeStep(step: Step, words: Word[]): void {
  const { settle, put = [], send = [] } = step
  words.push(settle === undefined ? 0 : 1, put.length, send.length)
  if (settle !== undefined) writeSettle(settle, words)
  for (const change of put) writePut(change, words)
  for (const job of send) writeSend(job, words)
}

function writeSettle({ job, lease, outcome, report, forget }: Settle, words: Word[]): void {
  const { kind } = outcome
  words.push(
    lease.queue,
    lease.epoch,
    job,
    kind,
    'inMs' in outcome ? outcome.inMs : '',
    kind === 'cancel' ? quoted(outcome.reason) : 'error' in outcome ? quoted(outcome.error) : '',
    kind === 'done' ? resultText(outcome.result) : '',
    report?.ranMs ?? '',
    report?.exitCode ?? '',
    quoted(report?.signal),
    quoted(report?.output),
    forget ? 'forget' : '',
  )
}

/** A result behind a sign, so that an empty one can be told from none. */
export const resultText = (result: string | undefined): string => (result === undefined ? '' : `=${result}`)

function writePut({ key, value, expected, ttlMs }: RecordPut, words: Word[]): void {
  words.push(key, expected ?? '', ttlMs ?? '', value === null ? '-' : '=', value ?? '')
}

function writeSend(job: NewJob, words: Word[]): void {
  const { queue, priority = 0, expedite, delayMs = 0, key, keyScope } = job
  const scope = keyScope === 'kept' ? 'k' : 'l'
  words.push(
    queue,
    expedite ? 0 : PLAIN_RANK - priority,
    delayMs,
    key === undefined ? '' : scope + keyText(key),
    restOfHead(job),
    job.payload,
  )
}

/** What `commit` answered to one step. */
export function readResult(answer: string): StepResult {
  if (answer === 'done') return DONE
  if (answer === 'lost') return LOST
  if (answer === 'conflict') return CONFLICT
  const [kind, ...ids] = answer.split(' ')
  return { kind: kind === 'duplicate' ? 'duplicate' : 'done', sent: ids.map(readSent) }
}

const readSent = (text: string): SentJob =>
  text.startsWith('=') ? { id: text.slice(1), isNew: false } : { id: text, isNew: true }

/** What became of a step of `finish`. */
export const finishResult = (isLost: boolean): StepResult => (isLost ? LOST : DONE)

/** What became of a step that sent so many plain jobs, the first of which got this id. */
export function sentResult(firstId: number, count: number): StepResult {
  if (count === 1) return { kind: 'done', sent: [{ id: String(firstId), isNew: true }] }
  return { kind: 'done', sent: Array.from({ length: count }, (_, n) => ({ id: String(firstId + n), isNew: true })) }
}
