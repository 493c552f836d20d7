import { systemClock } from '../core/clock.js'
import type { Waiter } from '../orders/waiter.js'
import { EXIT_INTERRUPTED, EXIT_TERMINATED } from './exit-codes.js'

/** How a waiter is told to end, and who says so. */
export interface SignalOptions {
  /** After SIGTERM, what runs may end for so long. */
  readonly graceMs: number
  readonly say: (text: string) => void
  /** What is taken. */
  readonly noun: 'orders' | 'jobs' | 'runs'
}

const TERMINATING = ['SIGTERM', 'SIGHUP'] as const

/** Ctrl-C: gently, firmly, at once. SIGTERM: gently, and firmly after the grace. */
export class DeliverySignals {
  readonly #waiter: Pick<Waiter, 'stop' | 'abort'>
  readonly #options: SignalOptions
  #status: number | undefined
  #interrupts = 0
  #endGrace: (() => void) | undefined

  constructor(waiter: Pick<Waiter, 'stop' | 'abort'>, options: SignalOptions) {
    this.#waiter = waiter
    this.#options = options
  }

  /** The exit status that a signal asks for; undefined when none came. */
  get status(): number | undefined {
    return this.#status
  }

  start(): void {
    process.on('SIGINT', this.#onInterrupt)
    // A terminal that is closed ends its programs with SIGHUP.
    for (const signal of TERMINATING) process.on(signal, this.#onTerminate)
  }

  stop(): void {
    this.#endGrace?.()
    process.off('SIGINT', this.#onInterrupt)
    for (const signal of TERMINATING) process.off(signal, this.#onTerminate)
  }

  readonly #onInterrupt = (): void => {
    this.#status ??= EXIT_INTERRUPTED
    this.#interrupts++
    const { say, noun } = this.#options
    if (this.#interrupts === 1) {
      say(`no more ${noun} are taken; what runs may end. Ctrl-C again ends it and gives its ${noun} back.`)
      this.#waiter.stop()
    } else if (this.#interrupts === 2) {
      say(`ending what runs; its ${noun} are given back.`)
      this.#waiter.abort()
    } else {
      // Die of it: the watcher of the crew kills what is left, and the leases give the orders back.
      process.off('SIGINT', this.#onInterrupt)
      process.kill(process.pid, 'SIGINT')
    }
  }

  readonly #onTerminate = (): void => {
    const { graceMs, say, noun } = this.#options
    this.#status ??= EXIT_TERMINATED
    say(`terminated: no more ${noun} are taken; what runs may end within ${graceMs / 1_000}s.`)
    this.#waiter.stop()
    // Not `setTimeout`, which goes off at once for more than 24 days.
    this.#endGrace ??= systemClock.after(graceMs, () => this.#waiter.abort())
  }
}
