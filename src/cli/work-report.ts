import { formatCount, formatRate, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import { messageOf } from '../core/errors.js'
import type { AttemptEnd } from '../queue/attempt-end.js'
import { visible } from './print/visible.js'
import type { Terminal } from './terminal.js'
import type { FoundWorker } from './worker-modules.js'

/** Attempts that ended, by how. */
interface Counts {
  done: number
  failed: number
  retried: number
  cancelled: number
  released: number
  refused: number
}

/** What a person sees of a worker: what it works, a line for each failure, and the account at the end; with `json`, a line of JSON for each attempt; with `debug`, where errors were thrown. */
export class WorkReport {
  readonly #terminal: Terminal
  readonly #json: boolean
  readonly #debug: boolean
  readonly #startedMs: number = performance.now()
  readonly #counts: Counts = { done: 0, failed: 0, retried: 0, cancelled: 0, released: 0, refused: 0 }
  #fault = ''

  constructor(terminal: Terminal, { json, debug }: { readonly json: boolean; readonly debug: boolean }) {
    this.#terminal = terminal
    this.#json = json
    this.#debug = debug
  }

  /** One line on standard error. */
  say(text: string): void {
    this.#terminal.err.line(`hob: ${visible(text)}`)
  }

  /** What is worked, and where. */
  began(
    workers: readonly FoundWorker[],
    { concurrency, place }: { concurrency: number | undefined; place: string },
  ): void {
    const queues = workers.map(
      ({ worker }) => `${worker.queue} (${formatCount(concurrency ?? worker.concurrency)} at once)`,
    )
    this.say(`works ${queues.join(', ')} in ${place}; Ctrl-C ends it`)
  }

  /** An attempt is over, and the store knows. */
  readonly ended = (end: AttemptEnd): void => {
    this.#count(end)
    if (this.#json) this.#terminal.out.line(JSON.stringify(end))
    const { queue, id, outcome, error, retryInMs, isRefused } = end
    if (isRefused) this.say(`${queue} ${id}: its lease had ended, so another has it; this outcome is refused`)
    else if (outcome === 'error') this.say(`${queue} ${id} failed: ${error}`)
    else if (outcome === 'retry') {
      const next = `attempt ${end.attempt + 1} comes in ${formatDuration(retryInMs ?? 0)}`
      this.say(`${queue} ${id} failed: ${error}; ${next}`)
    } else if (outcome === 'cancel') this.say(`${queue} ${id} was cancelled${error ? `: ${error}` : ''}`)
    if (this.#debug && end.stack !== null) this.#tellStack(end.stack)
  }

  /** The store failed. One line for a trouble that lasts: the same words are not said twice. */
  readonly faulted = (error: unknown): void => {
    const message = messageOf(error)
    if (message !== this.#fault) this.say(message)
    this.#fault = message
  }

  /** The account at the end. */
  summarize(): void {
    const seconds = (performance.now() - this.#startedMs) / 1_000
    const { done, failed, retried, cancelled, released, refused } = this.#counts
    if (this.#json) this.#terminal.out.line(JSON.stringify({ summary: { ...this.#counts, seconds } }))
    const parts = [
      `${formatCount(done)} done`,
      `${formatCount(failed)} failed`,
      ...(retried > 0 ? [`${plural(retried, 'attempt')} to be repeated`] : []),
      ...(cancelled > 0 ? [`${formatCount(cancelled)} cancelled`] : []),
      ...(released > 0 ? [`${formatCount(released)} given back`] : []),
      ...(refused > 0 ? [`${formatCount(refused)} refused`] : []),
    ]
    this.say(`${parts.join(', ')} in ${formatDuration(seconds * 1_000)} (${formatRate((done + failed) / seconds)})`)
  }

  #tellStack(stack: string): void {
    for (const line of stack.split('\n')) this.#terminal.err.line(`    ${visible(line)}`)
  }

  #count({ outcome, isRefused }: AttemptEnd): void {
    if (isRefused) this.#counts.refused++
    else this.#counts[COUNTED[outcome]]++
  }
}

const COUNTED = {
  done: 'done',
  error: 'failed',
  retry: 'retried',
  cancel: 'cancelled',
  release: 'released',
  snooze: 'released',
} as const satisfies Readonly<Record<AttemptEnd['outcome'], keyof Counts>>
