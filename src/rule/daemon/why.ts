import { formatCount, plural } from '../../core/count.js'
import { NOW_QUEUE } from '../run/run-payload.js'
import type { Reason, Standing } from './standing.js'

/**
 * Why a rule does not run, as a sentence that a person reads: `has 3 of 5 blobs; not due before 12:05`. One that starts now
 * says how many blobs it takes.
 */
export function tellWhy({ reasons, gathered }: Pick<Standing, 'reasons' | 'gathered'>, nowMs: number): string {
  if (reasons.length > 0) return reasons.map((reason) => tellReason(reason, nowMs)).join('; ')
  return `ready: has ${tellInput(gathered.blobs.length, gathered.files.length + gathered.fedFiles.length)}`
}

function tellReason(reason: Reason, nowMs: number): string {
  switch (reason.kind) {
    case 'off':
      return 'run: false'
    case 'paused':
      return 'paused'
    case 'running':
      return `running since ${momentOf(reason.sinceMs, nowMs)} as ${reason.run}`
    case 'queued':
      return `${reason.run} waits for a rules daemon since ${momentOf(reason.sinceMs, nowMs)}`
    case 'interrupted':
      return `interrupted: no process works at ${reason.run} any more, begun ${momentOf(reason.sinceMs, nowMs)}; ${whoTakesUp(reason.queue)}`
    case 'waiting':
      return `waits to ${reason.isSaving ? 'write its result' : 'try'} again at ${momentOf(reason.atMs, nowMs)}: ${reason.error}`
    case 'early':
      return reason.atMs === null ? 'never due' : `not due before ${momentOf(reason.atMs, nowMs)}`
    case 'failed':
      return `${reason.run} was given up, ${reason.atMs === null ? 'and nothing new came' : `not begun again before ${momentOf(reason.atMs, nowMs)}`}: ${reason.error}`
    case 'few':
      return `has ${formatCount(reason.have)} of ${plural(reason.need, 'blob')}`
    case 'nothing':
      return 'has nothing to read'
    case 'broken':
      return reason.message
    case 'same':
      return `nothing new since ${reason.run}`
  }
}

/** Who goes on with a run that its process left. */
export const whoTakesUp = (queue: string): string =>
  `a rules daemon${queue === NOW_QUEUE ? ', or the next hob rule run of it,' : ''} takes it up`

/** `3 blobs and 1 file`. */
export function tellInput(blobs: number, files: number): string {
  const parts = [
    ...(blobs > 0 || files === 0 ? [plural(blobs, 'blob')] : []),
    ...(files > 0 ? [plural(files, 'file')] : []),
  ]
  return parts.join(' and ')
}

/** As clocks show it here: `12:05`, `12:05:30`, or with the day when it is another one. */
export function momentOf(ms: number, nowMs: number): string {
  const at = new Date(ms)
  const two = (part: number): string => String(part).padStart(2, '0')
  const seconds = at.getSeconds() === 0 ? '' : `:${two(at.getSeconds())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`
  if (at.toDateString() === new Date(nowMs).toDateString()) return time
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}
