import type { AttemptView, JobLife } from '../broker/control.js'
import { formatDuration } from '../core/duration.js'
import { hasEnded } from '../core/job-state.js'
import { CRASHES_MAX } from '../core/limits.js'
import type { Paint } from './print/colour.js'
import { formatCount, plural } from './print/number.js'
import { formatMoment } from './print/time.js'
import { shorten, visible } from './print/visible.js'
import { ORDERS_QUEUE, stateWord } from './queues.js'

/** A payload may have megabytes; so much of it tells which order this is. */
const PAYLOAD_SHOWN_MAX = 2_000

interface Telling {
  /** On the store's clock. */
  readonly nowMs: number
  readonly paint: Paint
}

/** One order's life in plain sentences: what it is, every attempt, what happens next. */
export function lifeStory(job: JobLife, { nowMs, paint }: Telling): readonly string[] {
  return [
    paint.bold(`Order ${job.id} of ${visible(job.queue)} is ${stateWord(job.state)}.`),
    `Its arguments are ${visible(shorten(job.payload, PAYLOAD_SHOWN_MAX))}.`,
    tellSending(job, nowMs),
    ...(job.history.length > 0 ? ['', ...job.history.flatMap((attempt) => tellAttempt(attempt, nowMs))] : []),
    '',
    tellCount(job),
    ...whatNext(job, nowMs),
  ]
}

function tellSending({ sentMs, priority, isExpedited, key }: JobLife, nowMs: number): string {
  const more = [
    ...(priority === 0 ? [] : [`with priority ${priority}`]),
    ...(isExpedited ? ['expedited'] : []),
    ...(key === null ? [] : [`under the key '${visible(key)}'`]),
  ]
  return [`It was sent at ${formatMoment(sentMs)}, ${agoOf(nowMs - sentMs)}`, ...more].join(', ').concat('.')
}

/** One attempt: a sentence, then its error, then the tail of its output; both indented. */
function tellAttempt(attempt: AttemptView, nowMs: number): string[] {
  const { node, startedMs, endedMs, error, output } = attempt
  const ranFor = formatDuration(Math.max(0, (endedMs ?? nowMs) - startedMs))
  return [
    `${formatMoment(startedMs)}  ${visible(node)} ${tellEnd(attempt, ranFor)}${tellExit(attempt)}.`,
    ...(error ? indent(error, '    ') : []),
    ...(output ? indent(output, '    | ') : []),
  ]
}

function tellEnd({ ended }: AttemptView, ranFor: string): string {
  switch (ended) {
    case 'running':
      return `began it and has run it for ${ranFor}`
    case 'done':
      return `did it in ${ranFor}`
    case 'retry':
      return `failed after ${ranFor}, to be tried again`
    case 'error':
      return `failed after ${ranFor}`
    case 'snooze':
      return `put it off after ${ranFor}`
    case 'release':
      return `gave it back after ${ranFor}; that counts for nothing`
    case 'cancel':
      return `cancelled it after ${ranFor}`
    case 'reset':
      return `had run it for ${ranFor} when a reset took it back`
    case 'crash':
      return `was lost: its lease ended after ${ranFor} without an outcome`
  }
}

function tellExit({ exitCode, signal }: AttemptView): string {
  if (signal !== null) return `, killed by ${signal}`
  return exitCode === null ? '' : `, exit code ${exitCode}`
}

function tellCount({ attempts, attemptsMax, crashes, node, state }: JobLife): string {
  if (node === null) return 'Nobody has taken it yet.'
  const used =
    attemptsMax === null ? plural(attempts, 'attempt') : `${formatCount(attempts)} of ${plural(attemptsMax, 'attempt')}`
  const more = attemptsMax === null && !hasEnded(state) ? '; whoever delivers it decides how many it has' : ''
  const crashed = crashes === 0 ? '' : `; its waiter was lost with it ${plural(crashes, 'time')}`
  return `${used} used${more}${crashed}.`
}

/** What happens to an order without anybody doing anything, and when. */
export function whatNext(job: JobLife, nowMs: number): readonly string[] {
  switch (job.state) {
    case 'scheduled':
      return [`It is ${job.failures > 0 ? 'retried' : 'due'} in ${formatDuration(Math.max(0, job.dueMs - nowMs))}.`]
    case 'ready':
      return ['It waits for a waiter with a free hand.', ...warnOfCrashes(job.crashes)]
    case 'running':
      return [tellLease(job)]
    case 'done':
      return ['It is done; nothing more happens to it.']
    case 'error':
      return [
        ...(job.crashes >= CRASHES_MAX ? [`It was set aside because its waiter was lost ${job.crashes} times.`] : []),
        `It stays in ERROR until \`${resetLine(job.queue)}\`.`,
      ]
    case 'cancelled':
      return ['It was cancelled; nothing more happens to it.']
  }
}

const warnOfCrashes = (crashes: number): string[] =>
  crashes === CRASHES_MAX - 1 ? ['If its waiter is lost once more, it is set aside as ERROR.'] : []

function tellLease({ lease, node }: JobLife): string {
  if (!lease || lease.leftMs <= 0) return 'Its lease has ended; it is about to return to READY.'
  return `Its lease ends in ${formatDuration(lease.leftMs)} unless ${visible(node ?? lease.node)} renews it.`
}

const resetLine = (queue: string): string =>
  queue === ORDERS_QUEUE ? 'hob reset' : `hob reset --queue ${visible(queue)}`

const agoOf = (ms: number): string => (ms < 1_000 ? 'just now' : `${formatDuration(ms)} ago`)

const indent = (text: string, margin: string): string[] =>
  visible(text)
    .trimEnd()
    .split('\n')
    .map((line) => margin + line)
