import { hostname } from 'node:os'
import type { Control } from '../broker/control.js'
import { systemClock } from '../core/clock.js'
import { formatDuration } from '../core/duration.js'
import { TAIL_BYTES_MAX } from '../core/limits.js'
import type { Ended } from '../orders/command/command.js'
import type { Joblog } from '../orders/joblog.js'
import { OutputGate } from '../orders/output-gate.js'
import type { Delivery, Waiter, WaiterConfig, WaiterCounts, WaiterEvents } from '../orders/waiter.js'
import { formatCount, formatRate, plural } from './print/number.js'
import { ProgressLine } from './print/progress-line.js'
import { visible } from './print/visible.js'
import type { Terminal } from './terminal.js'

/** How to report. */
export interface ReportOptions extends WaiterConfig {
  readonly tag: boolean
  readonly bar: boolean
  readonly json: boolean
}

/** What a report is written to and looked up in. */
export interface ReportParts {
  readonly terminal: Terminal
  readonly joblog: Joblog | null
  readonly control: Control
}

/** How often the progress line looks at the kitchen. */
const LOOK_MS = 500

/** What a person sees of a delivery: output, failures, progress, and the account at the end. */
export class DeliveryReport implements WaiterEvents {
  readonly #options: ReportOptions
  readonly #parts: ReportParts
  readonly #gate: OutputGate
  readonly #progress: ProgressLine
  readonly #startedMs: number = performance.now()
  #waiter: Waiter | null = null
  #seq = 0
  #timer: NodeJS.Timeout | null = null
  #hasWarned = false

  constructor(options: ReportOptions, parts: ReportParts) {
    this.#options = options
    this.#parts = parts
    this.#gate = new OutputGate({ out: process.stdout, err: process.stderr })
    this.#progress = new ProgressLine(parts.terminal.err, { noun: 'orders', clock: systemClock, always: options.bar })
  }

  start(waiter: Waiter): void {
    this.#waiter = waiter
    if (!this.#options.bar) return
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#progress.clear()
  }

  onOutput: WaiterEvents['onOutput'] = async (delivery) => {
    const { ended, command, job, ran } = delivery
    if (this.#options.json) {
      await this.#parts.terminal.out.flow(`${JSON.stringify({ ...summaryOf({ job, ran }), ...outputOf(ended) })}\n`)
      return
    }
    if (ended.stdout.bytes > 0 || ended.stderr.bytes > 0) this.#progress.clear()
    await this.#gate.pass(ended, this.#options.tag ? visible(command?.order.values.join(' ') ?? '') : null)
  }

  onSettled: WaiterEvents['onSettled'] = (delivery, result) => {
    const { job, ran } = delivery
    if (result === 'lost') {
      this.say(`order ${job.id}: its lease had ended and it went to another waiter; this outcome is refused`)
      return
    }
    this.#log(delivery)
    const { outcome } = ran
    if (outcome.kind === 'error') this.say(`order ${job.id} failed: ${outcome.error}`)
    if (outcome.kind === 'retry') {
      this.say(
        `order ${job.id} failed: ${outcome.error}; attempt ${job.attempt + 1} comes in ${formatDuration(outcome.inMs)}`,
      )
    }
  }

  onFault: WaiterEvents['onFault'] = (error) => {
    // One line for a trouble that lasts; how it ends is told at the end.
    if (this.#hasWarned) return
    this.#hasWarned = true
    // One from the heartbeat's thread has lost its class on the way.
    this.say(error instanceof Error ? error.message : String(error))
  }

  /** One line on standard error. */
  say(text: string): void {
    this.#progress.clear()
    this.#parts.terminal.err.line(`hob: ${visible(text)}`)
  }

  /** The account at the end. */
  async summarize(counts: WaiterCounts): Promise<void> {
    const seconds = (performance.now() - this.#startedMs) / 1_000
    const queue = (await this.#parts.control.queues()).find(({ queue }) => queue === this.#options.queue)
    const { ready = 0, scheduled = 0, running = 0 } = queue?.counts ?? {}
    const left = { ready, scheduled, running }
    if (this.#options.json) {
      this.#parts.terminal.out.line(JSON.stringify({ summary: { ...counts, seconds, left } }))
      return
    }
    for (const line of accountOf(counts, { seconds, left })) this.#parts.terminal.err.line(`hob: ${line}`)
  }

  async #look(): Promise<void> {
    const counts = this.#waiter?.counts
    const queue = (await this.#parts.control.queues().catch(() => [])).find(
      ({ queue }) => queue === this.#options.queue,
    )
    if (queue === undefined || counts === undefined) return
    const { ready, scheduled, running, done, error, cancelled } = queue.counts
    const ended = done + error + cancelled
    this.#progress.update({ count: ended, total: ended + ready + scheduled + running })
  }

  #log({ job, command, ended }: Delivery): void {
    if (this.#parts.joblog === null || ended === null) return
    this.#seq++
    this.#parts.joblog
      .write({
        seq: this.#seq,
        host: hostname(),
        startedMs: ended.startedMs,
        ranMs: ended.ranMs,
        sendBytes: command?.stdin === undefined ? 0 : Buffer.byteLength(command.stdin),
        receiveBytes: ended.stdout.bytes,
        exitCode: ended.exitCode,
        signal: ended.signal,
        command: command?.words ?? [],
        id: job.id,
        attempt: job.attempt,
        waiter: this.#options.name,
      })
      .catch((error: unknown) => {
        this.onFault(error)
        this.#waiter?.stop()
      })
  }
}

interface Account {
  readonly seconds: number
  readonly left: { readonly ready: number; readonly scheduled: number; readonly running: number }
}

function accountOf(counts: WaiterCounts, { seconds, left }: Account): string[] {
  const { done, failed, retried, released, refused } = counts
  const ended = done + failed
  if (ended + retried + released + refused === 0 && left.ready + left.scheduled + left.running === 0) {
    return ['nothing to deliver: load orders with hob load FILE']
  }
  const parts = [`${formatCount(done)} delivered`, `${formatCount(failed)} failed`]
  if (retried > 0) parts.push(plural(retried, 'attempt repeated').replace('attempt repeateds', 'attempts repeated'))
  if (released > 0) parts.push(`${formatCount(released)} given back`)
  if (refused > 0) parts.push(`${formatCount(refused)} refused`)
  const lines = [`${parts.join(', ')} in ${formatDuration(seconds * 1_000)} (${formatRate(ended / seconds)})`]
  if (failed > 0) lines.push('to see why: hob extract --state error; to try them again: hob reset, then deliver')
  if (left.scheduled > 0) lines.push(`${plural(left.scheduled, 'order')} for later: deliver again then, or use --wait`)
  return lines
}

const summaryOf = ({ job, ran }: Pick<Delivery, 'job' | 'ran'>) => ({
  id: job.id,
  attempt: job.attempt,
  outcome: ran.outcome.kind,
  error: 'error' in ran.outcome ? ran.outcome.error : null,
  exit_code: ran.report.exitCode ?? null,
  signal: ran.report.signal ?? null,
  ran_s: ran.report.ranMs / 1_000,
})

const outputOf = (ended: Ended) => ({
  stdout: ended.stdout.tail(TAIL_BYTES_MAX),
  stderr: ended.stderr.tail(TAIL_BYTES_MAX),
})
