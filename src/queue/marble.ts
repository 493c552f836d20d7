import { checkQueue, checkSteps, checkString } from '../broker/arguments.js'
import type { JobId, Lease, NewJob, Outcome, SentJob, Step, StepResult, TakenJob } from '../broker/job-store.js'
import { exponential } from '../core/backoff.js'
import { ArgumentError, KitchenError, LeaseLostError } from '../core/errors.js'
import type { Json } from '../core/json.js'
import { failed } from './failure.js'
import { HeldMarble } from './held-marble.js'
import { doneOutcome } from './job.js'
import { MarbleNode } from './marble-node.js'
import {
  checkMarbleOptions,
  checkWaitOptions,
  type HandNowOptions,
  type HandOptions,
  type MarbleOptions,
  type MarbleParts,
  type WaitOptions,
} from './marble-options.js'
import { type Along, settleMarble } from './marble-settle.js'
import { payloadOf } from './marble-values.js'
import { nodeName } from './node.js'
import { checkElevated, commitElevated, type ElevatedJob } from './outbox.js'
import { FOR_EVER, mayPass, type Patience, withPatience } from './patience.js'
import { payloadText } from './payload.js'
import { checkSending, HAND_NOW_OPTIONS, HAND_OPTIONS } from './send-options.js'
import { errorText, stackText } from './thrown.js'
import { WaitBound } from './wait-bound.js'

/** Ask at least this often, should a wakeup be lost. */
const REST_MS_MAX = 60_000

/**
 * A script's hand in a kitchen: it holds one job at a time, a marble, from `wait` to `finish`. While the script lives, the
 * marble's lease is renewed from a thread of its own.
 */
export class Marble implements AsyncDisposable {
  /**
   * False: what `wait` takes from now on is settled as done before the script sees it, so that it is done at most once, and lost
   * when the script dies. True unless set.
   */
  monitored = true
  readonly name: string
  readonly #parts: MarbleParts
  readonly #leaseMs: number
  readonly #attempts: number
  readonly #onFault: (error: unknown) => void
  readonly #node: MarbleNode
  readonly #closed = new AbortController()
  #isKnown = false
  #held: HeldMarble | null = null
  /** The one that is held, or was last: who lost it may ask why. */
  #last: HeldMarble | null = null
  /** What goes on now; neither rejects. */
  #waiting: Promise<void> | null = null
  #ending: Promise<void> | null = null
  #closing: Promise<void> | null = null
  #leaveCancellations = (): void => {}

  /** @throws ArgumentError when an option is out of bounds. */
  constructor(parts: MarbleParts, options: MarbleOptions = {}) {
    checkMarbleOptions(options)
    const { name = nodeName(), leaseMs = 15_000, hungMs = 300_000, attempts = 5, onFault = () => {} } = options
    this.name = name
    this.#parts = parts
    this.#leaseMs = leaseMs
    this.#attempts = attempts
    this.#onFault = onFault
    this.#node = new MarbleNode(name, parts.heartbeat, {
      options: { leaseMs, hungMs: hungMs === Number.POSITIVE_INFINITY ? null : hungMs },
      events: { onLost: (leases) => this.#lose(leases), onFault },
    })
  }

  /** Whether a marble is held: something was taken, and neither finished nor let go. */
  get isHeld(): boolean {
    return this.#held !== null
  }

  /** The id of the job that is held. This and what follows throw an ArgumentError when none is; `signal` when none ever was. */
  get id(): string {
    return this.#current().job.id
  }

  /** The queue that it came from. */
  get queue(): string {
    return this.#current().job.lease.queue
  }

  /** What `wait` answered. */
  get payload(): Json {
    return this.#current().payload
  }

  /** 1 for the first run; failed and crashed runs count. */
  get attempt(): number {
    return this.#current().job.attempt
  }

  /**
   * Aborts when the marble is no longer held although it was not finished: its reason is a LeaseLostError; and when somebody
   * cancelled the job: then `fail` ends it as cancelled, and `finish` has done it after all. Until the next `wait` has one it is that
   * of the last marble, also after a LeaseLostError.
   */
  get signal(): AbortSignal {
    return (this.#last ?? this.#current()).signal
  }

  /**
   * Waits for a job and holds it until {@link finish}. A marble that is still held is let go: it comes back when its lease
   * ends, and that is counted as a crash.
   *
   * @param queues Several: the first that has something gives it.
   * @returns Its payload; undefined when none came within `timeoutMs`, or before `signal` aborted.
   * @throws KitchenError `closed` when the marble is closed meanwhile; what the store failed with, when it did so for good or
   * until the time was up. ArgumentError when an earlier wait is not over.
   */
  wait(queues: string | readonly string[]): Promise<Json>
  wait(queues: string | readonly string[], options: WaitOptions): Promise<Json | undefined>
  async wait(queues: string | readonly string[], options: WaitOptions = {}): Promise<Json | undefined> {
    checkWaitOptions(options)
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options
    const names = typeof queues === 'string' ? [queues] : queues
    if (!Array.isArray(names)) throw new ArgumentError('the queues to wait for are a name, or an array of names')
    if (names.length === 0) throw new ArgumentError('there is no queue to wait for')
    for (const name of names) checkQueue(name)
    if (this.#waiting !== null)
      throw new ArgumentError('this marble waits already', { hint: 'Await one wait at a time.' })
    this.#throwIfClosed()
    const bound = new WaitBound(timeoutMs, signal === undefined ? [this.#closed.signal] : [this.#closed.signal, signal])
    const waiting = this.#wait(names, bound.signal, signal)
    this.#waiting = settled(waiting)
    try {
      return await waiting
    } catch (error) {
      // Who is told to stop while the store is away need not hear from it.
      if (signal?.aborted && mayPass(error)) return undefined
      this.#throwIfClosed()
      throw error
    } finally {
      bound.dispose()
      this.#waiting = null
    }
  }

  /**
   * Waits again and again, for `for await`: each turn holds the next marble. Ends when none came within `timeoutMs`, when
   * `signal` aborts, and when the marble is closed.
   */
  async *each(queues: string | readonly string[], options: WaitOptions = {}): AsyncGenerator<Marble, void, undefined> {
    while (!this.#closed.signal.aborted) {
      try {
        if ((await this.wait(queues, options)) === undefined) return
      } catch (error) {
        if (this.#closed.signal.aborted) return
        throw error
      }
      yield this
    }
  }

  /**
   * Ends the marble that is held as done, together with what was handed on with `onFinish`.
   *
   * @param result Kept with the job, as JSON of at most 1 MiB.
   * @throws LeaseLostError when it was lost: then nothing of it was done, and another may have the job. ArgumentError when
   * none is held, or JSON cannot hold the result.
   */
  async finish(result?: Json): Promise<void> {
    const held = this.#current()
    if (held.isMonitored) await this.#end(held, doneOutcome(result), held)
    else if (result !== undefined) throw new ArgumentError('an unmonitored marble is done already: it has no result')
    else this.#over(held)
    this.#node.figures.done++
  }

  /**
   * Ends the attempt as failed: the job runs again after a backoff, or after `inMs`, or is in error when its attempts are used
   * up. What was handed on with `onFinish` stays away.
   */
  async fail(error: unknown, { inMs }: { readonly inMs?: number } = {}): Promise<void> {
    const held = this.#monitored()
    const policy = { attemptsMax: this.#attempts, backoff: exponential(), random: Math.random }
    const outcome = failed(held.job, errorText(error), policy)
    if (held.cancelReason !== null) return this.#end(held, { kind: 'cancel', reason: held.cancelReason })
    held.output = stackText(error)
    await this.#end(held, outcome.kind === 'retry' && inMs !== undefined ? { ...outcome, inMs } : outcome)
    if (outcome.kind === 'error') this.#node.figures.failed++
  }

  /** Gives the marble back untouched, to its old place in the line; nothing is counted. One that was lost is back already. */
  async release(): Promise<void> {
    await this.#end(this.#monitored(), { kind: 'release' }).catch(unlessLost)
  }

  /**
   * Sends a job to the back of a queue.
   *
   * @returns The job, or with `isNew: false` the one that holds the key; undefined with `onFinish`.
   * @throws LeaseLostError when a marble is held and its lease was lost. ArgumentError when an option is out of bounds.
   */
  async send(queue: string, data: Json, options: HandOptions = {}): Promise<SentJob | undefined> {
    checkSending('send', options, HAND_OPTIONS)
    const { onFinish = false, ...rest } = options
    return this.#hand({ ...rest, queue, payload: payloadText(queue, data) }, onFinish)
  }

  /** Sends a job to the very front of a queue; all else is as with {@link send}. */
  async expedite(queue: string, data: Json, options: HandNowOptions = {}): Promise<SentJob | undefined> {
    checkSending('expedite', options, HAND_NOW_OPTIONS)
    const { onFinish = false, ...rest } = options
    return this.#hand({ ...rest, queue, payload: payloadText(queue, data), expedite: true }, onFinish)
  }

  /**
   * Puts a job for a queue of another kitchen in the outbox of this one, the queue `outbox`, from where an elevator carries
   * it upstream, in order.
   */
  async elevate(queue: string, data: Json, options: HandNowOptions = {}): Promise<void> {
    checkSending('elevate', options, HAND_NOW_OPTIONS)
    const { onFinish = false, ...rest } = options
    const job: ElevatedJob = { ...rest, queue, payload: data }
    payloadText(queue, data)
    checkElevated(job)
    if (onFinish) this.#monitored().elevate.push(job)
    else await this.#atOnce({}, [job])
  }

  /** Says what the script does now, in up to 1,000 characters, for `hob nodes`. */
  report(message: string): void {
    checkString('message', message)
    this.#throwIfClosed()
    this.#node.report(message)
  }

  /** Gives back what is held, ends a wait and the announcement; further calls are refused. Safe twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#closed.abort()
    await this.#waiting
    await this.#ending
    const held = this.#held
    try {
      // One try: should the store be away, it comes back when its lease ends.
      if (held?.isMonitored) await this.#end(held, { kind: 'release' }).catch(this.#onFault)
    } finally {
      this.#leaveCancellations()
      await this.#node.leave()
      await this.#parts.onClose?.()
    }
  }

  #throwIfClosed(): void {
    if (this.#closed.signal.aborted) throw new KitchenError('closed', 'the marble was closed')
  }

  #current(): HeldMarble {
    if (this.#held === null) throw new ArgumentError('no marble is held', { hint: 'Call wait first.' })
    return this.#held
  }

  #monitored(): HeldMarble {
    const held = this.#current()
    if (held.isMonitored) return held
    throw new ArgumentError('an unmonitored marble is done already', { hint: 'Set monitored = true before the wait.' })
  }

  /** Others may run these jobs now. An earlier marble's lease is none of the one that is held. */
  #lose(leases: readonly Lease[]): void {
    const held = this.#held
    const isOurs = ({ queue, epoch }: Lease) => held?.job.lease.epoch === epoch && held.job.lease.queue === queue
    if (held?.isMonitored && leases.some(isOurs)) held.lose()
  }

  /** Whether it is held here. */
  #cancel(id: JobId, reason: string): boolean {
    const held = this.#held
    if (held?.job.id !== id || !held.isMonitored) return false
    held.cancel(reason)
    return true
  }

  #letGo(): void {
    const held = this.#held
    if (held === null) return
    this.#over(held)
    held.lose()
  }

  #over(held: HeldMarble): void {
    this.#node.drop(held.job.lease)
    if (this.#held === held) this.#held = null
  }

  #patience(signal: AbortSignal = this.#closed.signal): Patience {
    return { patienceMs: FOR_EVER, onFault: this.#onFault, onAnswer: () => {}, signal }
  }

  async #introduce(over: AbortSignal): Promise<void> {
    this.#node.announce()
    if (this.#isKnown) return
    const { broker, cancellations } = this.#parts
    this.#leaveCancellations()
    this.#leaveCancellations = cancellations.join({
      onCancel: (id, reason) => this.#cancel(id, reason),
      onFault: this.#onFault,
    })
    const put = [await this.#node.put()]
    await withPatience(() => Promise.all([broker.commit([{ put }]), cancellations.read()]), this.#patience(over))
    this.#isKnown = true
  }

  /** @param over Aborts when the wait is over; once `stop` has, not one look more is taken. */
  async #wait(names: readonly string[], over: AbortSignal, stop?: AbortSignal): Promise<Json | undefined> {
    // A `finish` that nobody awaited is no let go.
    await this.#ending
    this.#letGo()
    this.#node.figures.queue = names.join(',')
    if (stop?.aborted) return undefined
    await this.#introduce(over)
    for (;;) {
      const job = await this.#takeFirst(names, over)
      if (job !== undefined && (await this.#accept(job))) return this.#current().payload
      this.#throwIfClosed()
      if (over.aborted) return undefined
      if (job === undefined) await this.#rest(names, over)
    }
  }

  async #takeFirst(names: readonly string[], over: AbortSignal): Promise<TakenJob | undefined> {
    const { broker } = this.#parts
    for (const queue of names) {
      const take = { queue, node: this.name, countMax: 1, leaseMs: this.#leaseMs }
      const [job] = await withPatience(() => broker.take(take), this.#patience(over))
      if (job !== undefined) return job
    }
    return undefined
  }

  /** @returns Whether it may be handed out. */
  async #accept(job: TakenJob): Promise<boolean> {
    const { lease } = job
    this.#node.hold(lease)
    const payload = payloadOf(job)
    const held = new HeldMarble(job, payload ?? null, this.monitored)
    const atOnce = this.#endAtOnce(held, payload === undefined)
    if (atOnce !== null) {
      try {
        await this.#settle(held, atOnce)
      } catch (error) {
        unlessLost(error)
        return false
      } finally {
        this.#node.drop(lease)
      }
      if (atOnce.kind !== 'done') return false
    }
    this.#node.figures.queue = lease.queue
    this.#held = held
    this.#last = held
    return true
  }

  /** How a job ends before the script sees it; null when the script is to end it. */
  #endAtOnce({ job, isMonitored }: HeldMarble, isUnreadable: boolean): Outcome | null {
    if (this.#closed.signal.aborted) return { kind: 'release' }
    const reason = this.#parts.cancellations.reasonOf(job.id)
    if (reason !== undefined) return { kind: 'cancel', reason }
    if (isUnreadable) return { kind: 'error', error: 'the payload is not JSON' }
    return isMonitored ? null : { kind: 'done' }
  }

  /** Until one of the queues may have something. */
  async #rest(names: readonly string[], over: AbortSignal): Promise<void> {
    const one = new WaitBound(REST_MS_MAX, [over])
    const wait = { mostMs: REST_MS_MAX, signal: one.signal }
    try {
      await Promise.race(names.map((name) => this.#parts.broker.wait(name, wait)))
    } finally {
      one.end()
      one.dispose()
    }
  }

  /** Settles what is held, and holds it no more unless the outcome could not be recorded. */
  async #end(held: HeldMarble, outcome: Outcome, along?: Along): Promise<void> {
    if (this.#ending !== null) throw new ArgumentError('the end of this marble is under way already')
    const ending = this.#settle(held, outcome, along)
    this.#ending = settled(ending)
    try {
      await ending
      this.#over(held)
    } catch (error) {
      if (error instanceof LeaseLostError) this.#over(held)
      throw error
    } finally {
      this.#ending = null
    }
  }

  #settle(held: HeldMarble, outcome: Outcome, along?: Along): Promise<void> {
    const { name } = this
    return settleMarble(this.#parts, { held, outcome, along, node: name }, this.#patience())
  }

  async #hand(job: NewJob, onFinish: boolean): Promise<SentJob | undefined> {
    checkSteps([{ send: [job] }])
    if (!onFinish) return (await this.#atOnce({ send: [job] }, [])).sent[0]
    this.#monitored().send.push(job)
    return undefined
  }

  async #atOnce(step: Step, elevated: readonly ElevatedJob[]): Promise<StepResult> {
    this.#throwIfClosed()
    if (this.#held?.isLost) throw this.#held.lostError()
    return withPatience(() => commitElevated(this.#parts.broker, step, elevated), this.#patience())
  }
}

/** Resolves when a promise has ended, in whatever way. */
const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => {},
    () => {},
  )

function unlessLost(error: unknown): void {
  if (!(error instanceof LeaseLostError)) throw error
}
