import type { Step, StepResult } from '../job-store.js'
import type { Reply } from './link.js'
import type { Script, Scripts } from './scripts.js'
import {
  finishResult,
  isFinish,
  isPlain,
  readResult,
  restOfHead,
  resultText,
  sentResult,
  type Word,
  writeStep,
} from './steps.js'

/** The steps of one call, and what became of those that have been answered, in their order. */
export interface Order {
  readonly steps: readonly Step[]
  readonly results: StepResult[]
  readonly resolve: (results: readonly StepResult[]) => void
  readonly reject: (error: unknown) => void
}

/** One script with its arguments, and who hears what became of it. */
export interface Question {
  readonly script: Script
  readonly words: readonly Word[]
  resolve(reply: Reply): void
  reject(error: unknown): void
}

/** More share no script: others shall not wait long for it, and one text has to hold all of it. */
const JOBS_MAX = 2_000
const CHARACTERS_MAX = 4_000_000

/** Makes as few parcels as it can of what one turn asked for; calls stay in their order. */
export function pack(orders: readonly Order[], id: string, scripts: Scripts): readonly Question[] {
  const parcels: Parcel[] = []
  let open: Parcel | null = null
  for (const order of orders) {
    for (const part of partsOf(order)) {
      if (open === null || !open.takes(part)) {
        if (open !== null) parcels.push(open)
        open = makeParcel(part, id, scripts)
      }
      open.add(part)
    }
  }
  if (open !== null) parcels.push(open)
  return parcels
}

type Kind = 'send' | 'finish' | 'commit'

/** Steps of one order that go the same way. */
interface Part {
  readonly order: Order
  readonly kind: Kind
  readonly steps: readonly Step[]
  /** Of `send` and `finish`. */
  readonly queue: string
  /** Of `send`. */
  readonly rest: string
}

/**
 * An order is cut into parts only when it does nothing but settle. What sends or puts may be refused for want of memory, and
 * then none of its steps shall have been applied.
 */
function partsOf(order: Order): readonly Part[] {
  const { steps } = order
  const plain = plainHead(steps)
  if (plain !== undefined) return [{ order, kind: 'send', steps, queue: plain.queue, rest: plain.rest }]
  if (!steps.every(({ send, put }) => send === undefined && put === undefined)) return [commitPart(order, steps)]
  const parts: Part[] = []
  for (let from = 0; from < steps.length; ) {
    const queue = finishQueue(steps[from])
    let to = from + 1
    while (to < steps.length && finishQueue(steps[to]) === queue) to += 1
    const some = from === 0 && to === steps.length ? steps : steps.slice(from, to)
    parts.push(queue === undefined ? commitPart(order, some) : { order, kind: 'finish', steps: some, queue, rest: '' })
    from = to
  }
  return parts
}

const commitPart = (order: Order, steps: readonly Step[]): Part => ({
  order,
  kind: 'commit',
  steps,
  queue: '',
  rest: '',
})

const finishQueue = (step: Step | undefined): string | undefined =>
  step !== undefined && isFinish(step) ? step.settle?.lease.queue : undefined

/** What all jobs of these steps share, when they are all plain and the steps do nothing else. */
function plainHead(steps: readonly Step[]): { readonly queue: string; readonly rest: string } | undefined {
  const first = steps[0]?.send?.[0]
  if (first === undefined) return undefined
  for (const { settle, put, send } of steps) {
    if (settle !== undefined || put !== undefined || send === undefined || send.length === 0) return undefined
    for (const job of send) {
      if (!isPlain(job) || job.queue !== first.queue || job.attemptsMax !== first.attemptsMax) return undefined
    }
  }
  return { queue: first.queue, rest: restOfHead(first) }
}

/** What goes to Redis as one script: steps of one call, or of several that were made in one turn. */
abstract class Parcel implements Question {
  readonly script: Script
  readonly orders: Order[] = []
  abstract readonly words: readonly Word[]

  constructor(script: Script) {
    this.script = script
  }

  abstract takes(part: Part): boolean
  abstract add(part: Part): void
  /** Hands the answer out to the orders; each is to hear in the order in which its parcels were sent. */
  protected abstract read(reply: Reply): void

  resolve(reply: Reply): void {
    this.read(reply)
    for (const { steps, results, resolve } of this.orders) if (results.length === steps.length) resolve(results)
  }

  reject(error: unknown): void {
    for (const { reject } of this.orders) reject(error)
  }
}

function makeParcel(part: Part, id: string, scripts: Scripts): Parcel {
  switch (part.kind) {
    case 'send':
      return new SendParcel(scripts.send, id, part)
    case 'finish':
      return new FinishParcel(scripts.finish, id, part)
    case 'commit':
      return new CommitParcel(scripts.commit, id)
  }
}

class SendParcel extends Parcel {
  readonly words: Word[]
  readonly #queue: string
  readonly #rest: string
  #characters = 0

  constructor(script: Script, id: string, { queue, rest }: Part) {
    super(script)
    this.#queue = queue
    this.#rest = rest
    this.words = [id, queue, rest]
  }

  takes({ kind, queue, rest }: Part): boolean {
    const isAlike = kind === 'send' && queue === this.#queue && rest === this.#rest
    return isAlike && this.words.length < JOBS_MAX && this.#characters < CHARACTERS_MAX
  }

  add({ order, steps }: Part): void {
    this.orders.push(order)
    for (const { send = [] } of steps) {
      for (const { payload } of send) {
        this.words.push(payload)
        this.#characters += payload.length
      }
    }
  }

  protected read(reply: Reply): void {
    let next = reply as number
    for (const { steps, results } of this.orders) {
      for (const { send = [] } of steps) {
        results.push(sentResult(next, send.length))
        next += send.length
      }
    }
  }
}

class CommitParcel extends Parcel {
  readonly words: Word[]
  readonly #counts: number[] = []
  #characters = 0

  constructor(script: Script, id: string) {
    super(script)
    this.words = [id]
  }

  takes({ kind }: Part): boolean {
    return kind === 'commit' && this.words.length < 6 * JOBS_MAX && this.#characters < CHARACTERS_MAX
  }

  add({ order, steps }: Part): void {
    this.orders.push(order)
    this.#counts.push(steps.length)
    for (const step of steps) {
      writeStep(step, this.words)
      for (const { payload } of step.send ?? []) this.#characters += payload.length
    }
  }

  protected read(reply: Reply): void {
    const answers = reply as readonly string[]
    let at = 0
    for (const [n, { results }] of this.orders.entries()) {
      const below = at + (this.#counts[n] ?? 0)
      for (; at < below; at += 1) results.push(readResult(answers[at] ?? ''))
    }
  }
}

/** The jobs of one lease in a parcel, and where each stands among all that were added. */
interface LeaseGroup {
  readonly forgotten: { readonly job: string; readonly index: number }[]
  readonly kept: {
    readonly job: string
    readonly ran: Word
    readonly exit: Word
    readonly result: string
    readonly index: number
  }[]
}

class FinishParcel extends Parcel {
  readonly #head: readonly Word[]
  readonly #queue: string
  readonly #counts: number[] = []
  readonly #groups = new Map<number, LeaseGroup>()
  #count = 0
  #characters = 0

  constructor(script: Script, id: string, { queue }: Part) {
    super(script)
    this.#queue = queue
    this.#head = [id, queue]
  }

  takes({ kind, queue }: Part): boolean {
    const isAlike = kind === 'finish' && queue === this.#queue
    return isAlike && this.#count < JOBS_MAX && this.#characters < CHARACTERS_MAX
  }

  add({ order, steps }: Part): void {
    this.orders.push(order)
    this.#counts.push(steps.length)
    for (const { settle } of steps) if (settle !== undefined) this.#addSettle(settle)
  }

  get words(): readonly Word[] {
    const words: Word[] = [...this.#head]
    for (const [epoch, { forgotten, kept }] of this.#groups) {
      words.push(epoch, forgotten.length, kept.length)
      for (const { job } of forgotten) words.push(job)
      for (const { job } of kept) words.push(job)
      for (const { ran, exit, result } of kept) words.push(ran, exit, result)
    }
    return words
  }

  protected read(reply: Reply): void {
    const lost = new Set<number>()
    const positions = reply as readonly number[]
    if (positions.length > 0) {
      const indexes = [...this.#groups.values()].flatMap(({ forgotten, kept }) => [...forgotten, ...kept])
      for (const position of positions) lost.add(indexes[position - 1]?.index ?? -1)
    }
    let at = 0
    for (const [n, { results }] of this.orders.entries()) {
      const below = at + (this.#counts[n] ?? 0)
      for (; at < below; at += 1) results.push(finishResult(lost.has(at)))
    }
  }

  #addSettle({ job, lease, outcome, report, forget }: NonNullable<Step['settle']>): void {
    let group = this.#groups.get(lease.epoch)
    if (group === undefined) {
      group = { forgotten: [], kept: [] }
      this.#groups.set(lease.epoch, group)
    }
    const index = this.#count
    this.#count += 1
    if (forget) {
      group.forgotten.push({ job, index })
      return
    }
    const result = resultText(outcome.kind === 'done' ? outcome.result : undefined)
    this.#characters += result.length
    group.kept.push({ job, ran: report?.ranMs ?? '', exit: report?.exitCode ?? '', result, index })
  }
}
