import type { Clock } from '../../core/clock.js'
import { formatCount, formatRate } from '../../core/count.js'
import { formatDuration } from '../../core/duration.js'
import type { Output } from './output.js'
import { shorten } from './visible.js'

/** How far something has come. */
export interface Progress {
  /** So many of them so far. */
  readonly count: number
  /** Of how many; absent when nobody knows. */
  readonly total?: number
  /** The part of the work that is over, 0 to 1; absent: `count / total`. Bytes read say it before rows can be counted. */
  readonly share?: number
}

/** How to show progress. */
export interface ProgressLineOptions {
  /** What is counted, in the plural. */
  readonly noun: string
  readonly clock: Clock
  /** Also where there is no terminal: then a line a second instead of one that is redrawn. */
  readonly always?: boolean
}

interface Sample extends Progress {
  readonly atMs: number
}

const REDRAW_MS = 100
const LINE_MS = 1_000

/** The rate is that of the last ten seconds, so that it follows a change and does not jump with every batch. */
const WINDOW_MS = 10_000

/**
 * One line that is redrawn in place, at most ten times a second: count, share, rate and time to go.
 * Silent where there is no terminal, unless `always`. Holds at most a hundred samples.
 */
export class ProgressLine {
  readonly #output: Output
  readonly #options: ProgressLineOptions
  readonly #everyMs: number
  #samples: readonly Sample[] = []

  constructor(output: Output, options: ProgressLineOptions) {
    this.#output = output
    this.#options = options
    this.#everyMs = output.isTerminal ? REDRAW_MS : options.always ? LINE_MS : Number.POSITIVE_INFINITY
  }

  update(progress: Progress): void {
    if (this.#everyMs === Number.POSITIVE_INFINITY) return
    const atMs = this.#options.clock.nowMs()
    const last = this.#samples.at(-1)
    if (last && atMs - last.atMs < this.#everyMs) return
    this.#samples = [...this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS), { ...progress, atMs }]
    this.#draw(formatProgress(this.#samples, this.#options.noun))
  }

  /** Takes the line away, so that other output can stand in its place; the next update draws it again. */
  clear(): void {
    if (this.#output.isTerminal && this.#samples.length > 0) this.#output.write('\r\u001b[K')
  }

  #draw(text: string): void {
    if (this.#output.isTerminal) this.#output.write(`\r${shorten(text, this.#output.width - 1)}\u001b[K`)
    else this.#output.line(text)
  }
}

/** The text of a progress line, from its samples, oldest first: `1,200/10,000 orders  12%  400/s  22s left`. */
export function formatProgress(samples: readonly Sample[], noun: string): string {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) return ''
  const count =
    last.total === undefined ? formatCount(last.count) : `${formatCount(last.count)}/${formatCount(last.total)}`
  const parts = [`${count} ${noun}`]
  const share = shareOf(last)
  if (share !== undefined) parts.push(`${Math.floor(share * 100)}%`)
  const seconds = (last.atMs - first.atMs) / 1_000
  if (seconds > 0) {
    parts.push(formatRate(Math.max(0, last.count - first.count) / seconds))
    const sharePerSecond = ((share ?? 0) - (shareOf(first) ?? 0)) / seconds
    if (share !== undefined && sharePerSecond > 0) {
      parts.push(`${formatDuration(((1 - share) / sharePerSecond) * 1_000)} left`)
    }
  }
  return parts.join('  ')
}

function shareOf({ share, count, total }: Progress): number | undefined {
  if (share !== undefined) return Math.min(1, Math.max(0, share))
  return total ? Math.min(1, count / total) : undefined
}
