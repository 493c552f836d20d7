import { hostname } from 'node:os'
import type { Control } from '../broker/control.js'
import { systemClock } from '../core/clock.js'
import { formatCount } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import { TAIL_BYTES_MAX } from '../core/limits.js'
import type { Ended } from '../orders/command/command.js'
import type { Joblog } from '../orders/joblog.js'
import { OutputGate } from '../orders/output-gate.js'
import type { Delivery, EndedDelivery, Waiter, WaiterCounts, WaiterEvents } from '../orders/waiter.js'
import { type Account, accountLines } from './delivery-account.js'
import { ProgressLine } from './print/progress-line.js'
import { visible } from './print/visible.js'
import type { Terminal } from './terminal.js'

/** How to report. */
export interface ReportOptions {
  readonly queue: string
  /** Who delivers, as the joblog names it. */
  readonly name: string
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
  #waiter: Pick<Waiter, 'counts' | 'stop' | 'hasHalted'> | null = null
  #seq = 0
  #timer: NodeJS.Timeout | null = null
  #hasWarned = false
  /** Orders that failed here and were to be tried again when this waiter last had them. */
  readonly #retried = new Set<string>()
  /** Resolves when the joblog has room for more. */
  #logged: Promise<void> = Promise.resolve()

  constructor(options: ReportOptions, parts: ReportParts) {
    this.#options = options
    this.#parts = parts
    this.#gate = new OutputGate({ out: process.stdout, err: process.stderr })
    this.#progress = new ProgressLine(parts.terminal.err, { noun: 'orders', clock: systemClock, always: options.bar })
  }

  start(waiter: Pick<Waiter, 'counts' | 'stop' | 'hasHalted'>): void {
    this.#waiter = waiter
    if (!this.#options.bar) return
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#progress.clear()
  }

  onOutput: WaiterEvents['onOutput'] = (delivery) => {
    const { stdout, stderr } = delivery.ended
    const isSilent = stdout.bytes + stdout.lostBytes + stderr.bytes + stderr.lostBytes === 0
    // Of most commands nothing is to be shown, and then nobody need wait.
    if (isSilent && !this.#options.json && this.#parts.joblog === null) return undefined
    return this.#show(delivery)
  }

  async #show({ ended, command, job, ran }: EndedDelivery): Promise<void> {
    // A joblog that is behind holds the next attempts up, and so fills no memory.
    await this.#logged
    const lostBytes = ended.stdout.lostBytes + ended.stderr.lostBytes
    if (lostBytes > 0)
      this.say(`order ${job.id}: no room on the disk for ${formatCount(lostBytes)} bytes of its output`)
    if (this.#options.json) {
      await this.#parts.terminal.out.flow(`${JSON.stringify({ ...summaryOf({ job, ran }), ...outputOf(ended) })}\n`)
      return
    }
    if (ended.stdout.bytes > 0 || ended.stderr.bytes > 0) this.#progress.clear()
    await this.#gate.pass(ended, this.#options.tag ? visible(command?.order.values.join(' ') ?? '') : null)
  }

  onSettled: WaiterEvents['onSettled'] = (delivery, result) => {
    const { job, ran } = delivery
    if (result === 'lost' || ran.outcome.kind !== 'release') this.#retried.delete(job.id)
    if (result === 'lost') {
      this.say(`order ${job.id}: its lease had ended, or a reset or clean took it back; this outcome is refused`)
      return
    }
    this.#log(delivery)
    const { outcome } = ran
    if (outcome.kind === 'error') this.say(`order ${job.id} failed: ${outcome.error}`)
    if (outcome.kind === 'cancel') this.say(`order ${job.id} was cancelled${outcome.reason && `: ${outcome.reason}`}`)
    if (outcome.kind === 'retry') {
      this.#retried.add(job.id)
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

  /** Prints the account at the end, and answers it. */
  async summarize(counts: WaiterCounts): Promise<Account> {
    const seconds = (performance.now() - this.#startedMs) / 1_000
    const queue = (await this.#parts.control.queues()).find(({ queue }) => queue === this.#options.queue)
    const { ready = 0, scheduled = 0, running = 0, error = 0 } = queue?.counts ?? {}
    const account = {
      queue: this.#options.queue,
      halted: this.#waiter?.hasHalted ?? false,
      ...counts,
      toTryAgain: await this.#toTryAgain(),
      seconds,
      left: { ready, scheduled, running, error },
    }
    if (this.#options.json) this.#parts.terminal.out.line(JSON.stringify({ summary: account }))
    else for (const line of accountLines(account)) this.#parts.terminal.err.line(`hob: ${line}`)
    return account
  }

  /** Another waiter may have tried some of them by now: those are its own. */
  async #toTryAgain(): Promise<number> {
    let count = 0
    for (const id of this.#retried) {
      const state = (await this.#parts.control.job(id))?.state
      if (state === 'scheduled' || state === 'ready') count++
    }
    return count
  }

  async #look(): Promise<void> {
    const counts = this.#waiter?.counts
    const queue = (await this.#parts.control.queues().catch(() => [])).find(
      ({ queue }) => queue === this.#options.queue,
    )
    // Stopped meanwhile, it must not draw below the account.
    if (queue === undefined || counts === undefined || this.#timer === null) return
    const { ready, scheduled, running, done, error, cancelled } = queue.counts
    const ended = done + error + cancelled
    this.#progress.update({ count: ended, total: ended + ready + scheduled + running })
  }

  #log({ job, command, ended }: Delivery): void {
    if (this.#parts.joblog === null || ended === null) return
    this.#seq++
    this.#logged = this.#parts.joblog
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
