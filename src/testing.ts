import { AssertionError } from 'node:assert'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { inspect, isDeepStrictEqual } from 'node:util'
import { checkWhole } from './broker/arguments.js'
import type { Broker } from './broker/broker.js'
import type { JobId, NewJob } from './broker/job-store.js'
import { openMemory } from './broker/memory/memory.js'
import { VirtualClock } from './core/clock.js'
import { closest } from './core/closest.js'
import { TimeoutError } from './core/errors.js'
import { type Json, parseJson } from './core/json.js'
import { BATCH_MAX } from './core/limits.js'
import { Kitchen } from './kitchen.js'
import type { QueueDefinition } from './queue/definition.js'
import { KEEP_ALL } from './queue/policies.js'
import type { Queue, QueueWorker } from './queue/queue.js'

/** Real milliseconds that a drain waits for handlers, unless told otherwise. */
const DRAIN_MS_MAX = 5_000

/** Real milliseconds that handlers have to end when a worker or the kitchen is disposed of; then they are given up. */
const STOP_MS_MAX = 1_000

/** A hundred years. */
const PASS_MS_MAX = 3_155_760_000_000

/** A queue, by its name or its definition. */
type AnyQueue<Input> = string | Pick<QueueDefinition<Input, never>, 'name'>

/** A job as it was sent, also when it has long been done and dropped. */
export interface JobSent extends Omit<NewJob, 'payload'> {
  readonly id: JobId
  readonly payload: Json
}

/** How long, and how far, to drain. */
export interface DrainOptions {
  /** Also what is due later: the clock is moved on to it, retries after their backoff among it. False unless given. */
  readonly isWithScheduled?: boolean
  /** Real milliseconds to wait for handlers; 5,000 unless given. */
  readonly timeoutMs?: number
}

/**
 * A kitchen for the tests of a program that uses Hob: in memory, on a clock that moves only when the test says so. It keeps the
 * same laws as the engines that a program runs on. Time within handlers and workers is real; due times, leases' ends and ages of
 * history are the virtual clock's.
 */
export class TestKitchen extends Kitchen {
  readonly clock: VirtualClock
  readonly #sent: readonly JobSent[]
  readonly #started = new Set<QueueWorker>()

  constructor() {
    const clock = new VirtualClock()
    const sent: JobSent[] = []
    super('memory:', recording(openMemory({ clock }), sent), clock)
    this.clock = clock
    this.#sent = sent
  }

  /** As of every kitchen; but the workers that it starts give up handlers that hang when they are disposed of, and do not wait for ever. */
  override queue(name: string): Queue
  override queue<Input, Payload>(definition: QueueDefinition<Input, Payload>): Queue<Input, Payload>
  override queue(of: string | QueueDefinition): Queue {
    const queue = typeof of === 'string' ? super.queue(of) : super.queue(of)
    const work = queue.work.bind(queue)
    const workBatches = queue.workBatches.bind(queue)
    queue.work = (handler, options) => this.#impatient(work(handler, options))
    queue.workBatches = (handler, options) => this.#impatient(workBatches(handler, options))
    return queue
  }

  /** Stops the workers as well: handlers have a second to end, and are given up then. Safe twice. */
  override async close(): Promise<void> {
    await Promise.allSettled([...this.#started].map((worker) => worker[Symbol.asyncDispose]()))
    await super.close()
  }

  /** Every job that was sent to a queue, in order; one whose key was held is not among them. */
  sentTo<Input>(queue: AnyQueue<Input>): readonly JobSent[] {
    const name = nameOf(queue)
    return this.#sent.filter((job) => job.queue === name)
  }

  /** Every queue that was sent to or is worked. */
  get queueNames(): readonly string[] {
    return [...new Set([...this.#sent, ...this.parts.workers].map(({ queue }) => queue))]
  }

  /**
   * Moves the clock on at once by so many milliseconds, 0 to 3,155,760,000,000: what falls due meanwhile is ready then, and `drain`
   * has it done. Of a schedule's ticks that is what its `missed` says, as if nobody had been there meanwhile.
   *
   * @throws ArgumentError when it is out of bounds.
   */
  pass(ms: number): void {
    checkWhole('ms', ms, 0, PASS_MS_MAX)
    this.clock.leap(ms)
  }

  /**
   * Waits until the workers of this kitchen have nothing left to do, and no tick of a schedule is due. Jobs of queues that nobody works, or that are paused, stay.
   *
   * @throws TimeoutError when handlers are still at it after `timeoutMs`; it says of which queues.
   */
  async drain({ isWithScheduled = false, timeoutMs = DRAIN_MS_MAX }: DrainOptions = {}): Promise<void> {
    const endMs = performance.now() + timeoutMs
    let isQuiet = false
    for (;;) {
      const left = await this.#left()
      const busy = [...left, ...(await this.#due())].filter(({ open }) => open > 0)
      if (busy.length > 0) {
        if (performance.now() > endMs) throw tooLong(busy, timeoutMs)
        isQuiet = false
        // What others put off until now: a virtual clock calls nobody by itself.
        this.clock.pass(0)
        await sleep(1)
      } else if (!isQuiet) {
        // Workers hear only now that the last job is done, and `onEnd` may send another.
        isQuiet = true
        await turn()
      } else {
        const dueMs = isWithScheduled ? await this.#nextDueMs(left.map(({ queue }) => queue)) : undefined
        if (dueMs === undefined) return
        isQuiet = false
        this.clock.leap(Math.max(0, dueMs - this.clock.nowMs()))
      }
    }
  }

  #impatient(worker: QueueWorker): QueueWorker {
    worker[Symbol.asyncDispose] = () => worker.stop({ deadlineMs: STOP_MS_MAX })
    this.#started.add(worker)
    return worker
  }

  /** Ticks that are due, by schedules, while there are workers: these tick them. */
  async #due(): Promise<readonly Left[]> {
    if (this.parts.workers.size === 0) return []
    const nowMs = this.clock.nowMs()
    const schedules = await this.schedules.list()
    return schedules.map(({ name, isPaused, nextMs }) => ({
      of: `schedule ${name}`,
      open: Number(!isPaused && nextMs !== null && nextMs <= nowMs),
    }))
  }

  /** What is ready or runs, by queues that are worked and not paused. */
  async #left(): Promise<readonly (Left & { readonly queue: string })[]> {
    const worked = new Set([...this.parts.workers].map(({ queue }) => queue))
    // What has fallen due counts as scheduled until somebody takes or sweeps.
    for (const queue of worked) await this.broker.sweep({ queue, keep: KEEP_ALL, countMax: BATCH_MAX })
    const queues = await this.broker.queues()
    return queues
      .filter(({ queue, isPaused }) => worked.has(queue) && !isPaused)
      .map(({ queue, counts }) => ({ queue, of: queue, open: counts.ready + counts.running }))
  }

  async #nextDueMs(queues: readonly string[]): Promise<number | undefined> {
    const pages = queues.map((queue) => this.broker.jobs({ queue, states: ['scheduled'], countMax: BATCH_MAX }))
    const dues = (await Promise.all(pages)).flat().map(({ dueMs }) => dueMs)
    return dues.length === 0 ? undefined : dues.reduce((least, dueMs) => Math.min(least, dueMs))
  }
}

/** What a drain still waits for: so many of a queue's jobs, or a schedule's ticks. */
interface Left {
  readonly of: string
  readonly open: number
}

/** Opens an empty kitchen for one test. */
export const openTestKitchen = (): TestKitchen => new TestKitchen()

/**
 * Holds a test to a job having been sent.
 *
 * @param expected What its payload has at least, or what tells the right one; any job unless given.
 * @returns The first that fits.
 * @throws AssertionError which shows what was sent instead.
 */
export function expectSent<Input>(
  kitchen: TestKitchen,
  queue: AnyQueue<Input>,
  expected?: Partial<Input> | ((payload: Input) => boolean),
): JobSent {
  const sent = kitchen.sentTo(queue)
  const found = sent.find(({ payload }) => fits(payload, expected))
  if (found !== undefined) return found
  throw new AssertionError({
    message: `no job was sent to ${nameOf(queue)}${said(expected)}; ${shown(sent)}`,
    actual: sent.map(({ payload }) => payload),
    expected,
    operator: 'expectSent',
    stackStartFn: expectSent,
  })
}

/**
 * Holds a test to no such job having been sent. As {@link expectSent} otherwise.
 *
 * @throws AssertionError also when the name is nearly that of a queue that was sent to or is worked: it would pass for nothing.
 */
export function expectNotSent<Input>(
  kitchen: TestKitchen,
  queue: AnyQueue<Input>,
  expected?: Partial<Input> | ((payload: Input) => boolean),
): void {
  const names = kitchen.queueNames
  const meant = names.includes(nameOf(queue)) ? undefined : closest(nameOf(queue), names)
  if (typeof queue === 'string' && meant !== undefined) {
    throw new AssertionError({
      message: `there is no queue '${queue}'; did you mean '${meant}'?`,
      operator: 'expectNotSent',
      stackStartFn: expectNotSent,
    })
  }
  const found = kitchen.sentTo(queue).find(({ payload }) => fits(payload, expected))
  if (found === undefined) return
  throw new AssertionError({
    message: `a job was sent to ${nameOf(queue)}${said(expected)}: ${inspect(found.payload, INSPECTED)}`,
    actual: found.payload,
    operator: 'expectNotSent',
    stackStartFn: expectNotSent,
  })
}

const nameOf = (queue: AnyQueue<never>): string => (typeof queue === 'string' ? queue : queue.name)

/** The same broker, which writes down what is sent through it. */
function recording(broker: Broker, sent: JobSent[]): Broker {
  const commit: Broker['commit'] = async (steps) => {
    const results = await broker.commit(steps)
    for (const [at, { send = [] }] of steps.entries()) {
      for (const [place, { payload, ...job }] of send.entries()) {
        const answer = results[at]?.sent[place]
        if (answer?.isNew) sent.push({ ...job, id: answer.id, payload: parseJson(payload) })
      }
    }
    return results
  }
  return new Proxy(broker, {
    get(target, name) {
      if (name === 'commit') return commit
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function fits<Input>(payload: Json, expected: Partial<Input> | ((payload: Input) => boolean) | undefined): boolean {
  if (expected === undefined) return true
  return typeof expected === 'function' ? expected(payload as Input) : holds(payload, expected)
}

/** Whether a value has all that another has; arrays are compared whole. */
function holds(value: unknown, part: unknown): boolean {
  if (!isPlain(part) || !isPlain(value)) return isDeepStrictEqual(value, part)
  return Object.entries(part).every(([name, wanted]) => Object.hasOwn(value, name) && holds(value[name], wanted))
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const INSPECTED = { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 }

const said = (expected: unknown): string => {
  if (expected === undefined) return ''
  return typeof expected === 'function' ? ' that fits' : ` with ${inspect(expected, INSPECTED)}`
}

const SHOWN_MAX = 10

function shown(sent: readonly JobSent[]): string {
  if (sent.length === 0) return 'none was'
  const some = sent.slice(0, SHOWN_MAX).map(({ payload }) => inspect(payload, INSPECTED))
  return `sent were ${some.join(', ')}${sent.length > SHOWN_MAX ? ` and ${sent.length - SHOWN_MAX} more` : ''}`
}

function tooLong(busy: readonly Left[], timeoutMs: number): TimeoutError {
  const which = busy.map(({ of, open }) => `${open} of ${of}`).join(', ')
  return new TimeoutError(`jobs are not done after ${timeoutMs} ms: ${which}`, {
    hint: 'A handler may wait for something that never comes; or raise timeoutMs.',
  })
}
