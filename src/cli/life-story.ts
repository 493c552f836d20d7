import type { AttemptView, JobLife } from '../broker/control.js'
import { formatCount, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import { hasEnded } from '../core/job-state.js'
import { CRASHES_MAX } from '../core/limits.js'
import type { JobNotes } from '../queue/notes.js'
import type { Paint } from './print/colour.js'
import { formatMoment } from './print/time.js'
import { shorten, visible } from './print/visible.js'
import { ORDERS_QUEUE, stateWord } from './queues.js'

/** A payload may have megabytes; so much of it tells which order this is. */
const PAYLOAD_SHOWN_MAX = 2_000

/** What a story calls things: the same life is that of an order for `hob why`, and that of a job for `hob job`. */
export interface StoryWords {
  readonly job: string
  /** Its payload, as the beginning of a sentence. */
  readonly payload: string
  /** Who does it. */
  readonly worker: string
  /** What decides how often it is tried. */
  readonly decides: string
  /** The command line that tries it again. */
  readonly again: (job: JobLife) => string
}

/** The words of the command farm. */
export const ORDER_STORY: StoryWords = {
  job: 'Order',
  payload: 'Its arguments are',
  worker: 'waiter',
  decides: 'whoever delivers it decides how many it has',
  again: ({ queue }) => (queue === ORDERS_QUEUE ? 'hob reset' : `hob reset --queue ${visible(queue)}`),
}

/** The words of queues for programs. */
export const JOB_STORY: StoryWords = {
  job: 'Job',
  payload: 'Its payload is',
  worker: 'worker',
  decides: 'its worker decides how many it has',
  again: ({ id }) => `hob retry ${id}`,
}

interface Telling {
  /** On the store's clock. */
  readonly nowMs: number
  readonly paint: Paint
  readonly words: StoryWords
  /** What its handlers noted, where any did. */
  readonly notes?: JobNotes | undefined
}

/** One job's life in plain sentences: what it is, every attempt, what happens next. */
export function lifeStory(job: JobLife, { nowMs, paint, words, notes }: Telling): readonly string[] {
  return [
    paint.bold(`${words.job} ${job.id} of ${visible(job.queue)} is ${stateWord(job.state)}.`),
    `${words.payload} ${visible(shorten(job.payload, PAYLOAD_SHOWN_MAX))}.`,
    tellSending(job, nowMs),
    ...(job.history.length > 0 ? ['', ...job.history.flatMap((attempt) => tellAttempt(attempt, nowMs))] : []),
    ...(notes === undefined ? [] : tellNotes(notes)),
    '',
    tellCount(job, words),
    ...tellResult(job),
    ...whatNext(job, { nowMs, words }),
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

function tellNotes({ progress, log, droppedCount }: JobNotes): readonly string[] {
  const dropped = droppedCount === 0 ? '' : `, after ${plural(droppedCount, 'line')} that had no room`
  return [
    ...(log.length === 0 ? [] : ['', `Its log${dropped}:`]),
    ...log.flatMap(({ atMs, text }) => indent(`${formatMoment(atMs)}  ${text}`, '    ')),
    ...(progress === null
      ? []
      : ['', `Its progress is ${visible(shorten(JSON.stringify(progress), PAYLOAD_SHOWN_MAX))}.`]),
  ]
}

const tellResult = ({ result }: JobLife): string[] =>
  result === null ? [] : [`Its result is ${visible(shorten(result, PAYLOAD_SHOWN_MAX))}.`]

function tellCount({ attempts, attemptsMax, crashes, node, state }: JobLife, words: StoryWords): string {
  if (node === null) return 'Nobody has taken it yet.'
  const used =
    attemptsMax === null ? plural(attempts, 'attempt') : `${formatCount(attempts)} of ${plural(attemptsMax, 'attempt')}`
  const more = attemptsMax === null && !hasEnded(state) ? `; ${words.decides}` : ''
  const crashed = crashes === 0 ? '' : `; its ${words.worker} was lost with it ${plural(crashes, 'time')}`
  return `${used} used${more}${crashed}.`
}

/** What happens to a job without anybody doing anything, and when. */
export function whatNext(job: JobLife, { nowMs, words }: Pick<Telling, 'nowMs' | 'words'>): readonly string[] {
  switch (job.state) {
    case 'scheduled':
      return [`It is ${job.failures > 0 ? 'retried' : 'due'} in ${formatDuration(Math.max(0, job.dueMs - nowMs))}.`]
    case 'ready':
      return [`It waits for a ${words.worker} with a free hand.`, ...warnOfCrashes(job.crashes, words)]
    case 'running':
      return [tellLease(job)]
    case 'done':
      return ['It is done; nothing more happens to it.']
    case 'error':
      return [
        ...(job.crashes >= CRASHES_MAX
          ? [`It was set aside because its ${words.worker} was lost ${job.crashes} times.`]
          : []),
        `It stays in ERROR until \`${words.again(job)}\`.`,
      ]
    case 'cancelled':
      return [`It was cancelled${job.error === null ? '' : ` (${visible(job.error)})`}; nothing more happens to it.`]
  }
}

const warnOfCrashes = (crashes: number, { worker }: StoryWords): string[] =>
  crashes === CRASHES_MAX - 1 ? [`If its ${worker} is lost once more, it is set aside as ERROR.`] : []

function tellLease({ lease, node }: JobLife): string {
  if (!lease || lease.leftMs <= 0) return 'Its lease has ended; it is about to return to READY.'
  return `Its lease ends in ${formatDuration(lease.leftMs)} unless ${visible(node ?? lease.node)} renews it.`
}

const agoOf = (ms: number): string => (ms < 1_000 ? 'just now' : `${formatDuration(ms)} ago`)

const indent = (text: string, margin: string): string[] =>
  visible(text)
    .trimEnd()
    .split('\n')
    .map((line) => margin + line)
