import { formatCount, formatRate, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import { shellQuote } from '../orders/shell-quote.js'
import type { WaiterCounts } from '../orders/waiter.js'
import { ORDERS_QUEUE } from './queues.js'

/** What a waiter has done, and what it leaves. */
export interface Account extends WaiterCounts {
  readonly queue: string
  /** Failures ended it, as `--halt` says. */
  readonly halted: boolean
  /** Orders whose attempt failed here and that are to be tried again, though no longer by this waiter. */
  readonly toTryAgain: number
  readonly seconds: number
  /** What is left in the queue. */
  readonly left: {
    readonly ready: number
    readonly scheduled: number
    readonly running: number
    readonly error: number
  }
}

/** The account at the end, in sentences. */
export function accountLines(account: Account): readonly string[] {
  const { done, failed, cancelled, toTryAgain, retried, released, refused, seconds, left } = account
  const ended = done + failed + cancelled
  if (ended + retried + released + refused === 0 && left.ready + left.scheduled + left.running === 0) {
    return [nothingToDeliver(account)]
  }
  const parts = [`${formatCount(done)} delivered`, `${formatCount(failed)} failed`]
  if (cancelled > 0) parts.push(`${formatCount(cancelled)} cancelled`)
  if (toTryAgain > 0) parts.push(`${formatCount(toTryAgain)} to be tried again`)
  const repeated = retried - toTryAgain
  if (repeated > 0) parts.push(`${plural(repeated, 'attempt')} repeated`)
  if (released > 0) parts.push(`${formatCount(released)} given back`)
  if (refused > 0) parts.push(`${formatCount(refused)} refused`)
  const lines = [`${parts.join(', ')} in ${formatDuration(seconds * 1_000)} (${formatRate(ended / seconds)})`]
  if (account.halted) lines.push(`ended by --halt; ${plural(left.ready, 'order')} left READY`)
  if (failed > 0) {
    const of = queueFlag(account)
    lines.push(`to see why: hob extract${of} --state error; to try them again: hob reset${of}, then deliver`)
  }
  if (left.scheduled > 0) lines.push(`${plural(left.scheduled, 'order')} for later: deliver again then, or use --wait`)
  return lines
}

function nothingToDeliver(account: Account): string {
  const { error } = account.left
  if (error === 0) return `nothing to deliver: load orders with hob load${queueFlag(account)} FILE`
  return `nothing to deliver; ${plural(error, 'order')} in ERROR: hob reset${queueFlag(account)} puts them back`
}

/** What a command on the same queue has to say. */
const queueFlag = ({ queue }: Account): string => (queue === ORDERS_QUEUE ? '' : ` -q ${shellQuote(queue)}`)
