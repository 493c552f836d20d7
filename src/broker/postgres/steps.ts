import type { Lease, NewJob, Settle, Step, StepResult } from '../job-store.js'
import type { RecordPut } from '../records.js'
import { Changes, type HeldJob } from './changes.js'
import { finish } from './life.js'
import type { Queues } from './queues.js'
import { EXPEDITED_RANK } from './states.js'
import { toStored } from './text.js'

/** What a transaction holds and has read before it decides. */
export interface Loaded {
  readonly nowMs: number
  readonly lastVersion: number
  readonly jobs: readonly (HeldJob & { readonly fence: number })[]
  readonly leases: readonly LoadedLease[]
  readonly records: readonly { readonly key: string; readonly version: number; readonly gone_ms: number | null }[]
  readonly holders: readonly { readonly queue: string; readonly key: string; readonly id: number }[]
}

interface LoadedLease {
  readonly epoch: number
  readonly queue_id: number
  readonly node: string
  readonly taken_ms: number
  readonly until_ms: number
  /** Those of the jobs in question that it was given for. */
  readonly jobs: readonly number[]
}

/** A job to insert, whose queue may have to be made first. */
export interface Sending {
  readonly queue: string
  readonly rank: number
  readonly priority: number
  readonly due_ms: number
  readonly sent_ms: number
  readonly is_due: boolean
  readonly attempts_max: number | null
  readonly key: string | null
  readonly key_scope: number | null
  readonly payload: string
}

interface RecordRow {
  readonly key: string
  readonly value: string
  readonly version: number
  readonly gone_ms: number | null
}

/** What became of a job to send: the holder of its key, or the how-manieth of those that are sent. */
type Sent = { readonly id: number } | { readonly at: number }

/** What steps come to: their results, and all that is to be written. */
export interface Decision {
  readonly changes: Changes
  readonly sends: readonly Sending[]
  /** Records that are there and change, those that are new, those that go; how many versions they draw, and the last. */
  readonly puts: {
    readonly changed: readonly RecordRow[]
    readonly added: readonly RecordRow[]
    readonly dropped: readonly string[]
    readonly drawn: number
    readonly lastVersion: number
  }
  /** The results, once it is known what ids the new jobs got. */
  results(ids: readonly number[]): readonly StepResult[]
}

/** The number of a job's id; NaN when it is none of ours. */
export function numberOf(id: string): number {
  const number = Number(id)
  return Number.isSafeInteger(number) && number > 0 && String(number) === id ? number : Number.NaN
}

/**
 * Applies steps in order to what was loaded, each as one unit that sees what those before it did. Nothing is written here:
 * a step that is skipped has nothing to undo.
 */
export function decide(steps: readonly Step[], loaded: Loaded, queues: Queues): Decision {
  const kitchen = new Kitchen(loaded, queues)
  const outcomes = steps.map((step) => kitchen.apply(step))
  return {
    changes: kitchen.changes,
    sends: kitchen.sends,
    puts: kitchen.puts(),
    results: (ids) =>
      outcomes.map(({ kind, sent }) => ({
        kind,
        sent: sent.map((one) => ('id' in one ? { id: String(one.id), isNew: false } : asNew(one.at, ids, kitchen))),
      })),
  }
}

const asNew = (at: number, ids: readonly number[], kitchen: Kitchen): { id: string; isNew: boolean } => ({
  id: String(ids[at]),
  isNew: kitchen.isFirst(at),
})

/** What was loaded, with what the steps so far have done to it. */
class Kitchen {
  readonly changes: Changes
  readonly sends: Sending[] = []
  readonly #loaded: Loaded
  readonly #queues: Queues
  readonly #jobs: Map<number, HeldJob & { readonly fence: number }>
  readonly #leases: Map<number, LoadedLease & { readonly held: ReadonlySet<number> }>
  readonly #holders: Map<string, Sent>
  /** By key: what stands there now; undefined when nothing does. */
  readonly #records = new Map<string, RecordRow | Loaded['records'][number] | undefined>()
  readonly #stored: ReadonlySet<string>
  /** New jobs that a result has told of. */
  readonly #told = new Set<number>()
  #drawn = 0

  constructor(loaded: Loaded, queues: Queues) {
    this.#loaded = loaded
    this.#queues = queues
    this.changes = new Changes(loaded.nowMs)
    this.#jobs = new Map(loaded.jobs.map((job) => [job.id, job]))
    this.#leases = new Map(loaded.leases.map((lease) => [lease.epoch, { ...lease, held: new Set(lease.jobs) }]))
    this.#holders = new Map(loaded.holders.map(({ queue, key, id }) => [`${queue}\0${key}`, { id }]))
    this.#stored = new Set(loaded.records.map(({ key }) => key))
    for (const record of loaded.records) this.#records.set(record.key, record)
  }

  apply({ settle, send = [], put = [] }: Step): { readonly kind: StepResult['kind']; readonly sent: readonly Sent[] } {
    const lease = settle && this.#standing(settle.lease)
    const job = lease && this.#held(settle, lease)
    if (settle && !(lease && job)) return { kind: 'lost', sent: [] }
    const isExpected = ({ key, expected }: RecordPut) => expected === undefined || expected === this.#versionOf(key)
    if (!put.every(isExpected)) return { kind: 'conflict', sent: [] }

    // The end first: a job may send its successor under the key that it frees.
    if (settle && lease && job) this.#settle(settle, job, lease)
    for (const change of put) this.#put(change)
    const before = this.sends.length
    const sent = send.map((newJob) => this.#send(newJob))
    return { kind: this.sends.length - before === send.length ? 'done' : 'duplicate', sent }
  }

  /** Whether a new job is told of for the first time; afterwards it is the holder of its key. */
  isFirst(at: number): boolean {
    if (this.#told.has(at)) return false
    this.#told.add(at)
    return true
  }

  puts(): Decision['puts'] {
    const rows = [...this.#records.values()].filter((row) => row !== undefined && 'value' in row)
    const dropped = [...this.#records].flatMap(([key, row]) =>
      row === undefined && this.#stored.has(key) ? [key] : [],
    )
    return {
      changed: rows.filter(({ key }) => this.#stored.has(key)),
      added: rows.filter(({ key }) => !this.#stored.has(key)),
      dropped,
      drawn: this.#drawn,
      lastVersion: this.#loaded.lastVersion + this.#drawn,
    }
  }

  #standing({ queue, epoch }: Lease): (LoadedLease & { readonly held: ReadonlySet<number> }) | undefined {
    const lease = this.#leases.get(epoch)
    const stands = lease !== undefined && lease.until_ms > this.#loaded.nowMs
    return stands && this.#queues.get(queue)?.id === lease.queue_id ? lease : undefined
  }

  #held({ job: id, lease: { epoch } }: Settle, lease: { readonly held: ReadonlySet<number> }): HeldJob | undefined {
    const job = this.#jobs.get(numberOf(id))
    return job !== undefined && lease.held.has(job.id) && job.fence < epoch ? job : undefined
  }

  #settle(settle: Settle, job: HeldJob, { epoch, node, taken_ms }: LoadedLease): void {
    const { queue } = settle.lease
    finish(this.changes, { queue, job, epoch, node, takenMs: taken_ms }, settle, this.#loaded.nowMs)
    this.#jobs.delete(job.id)
    const isForgotten = settle.forget === true && settle.outcome.kind === 'done'
    const hasEnded = ['done', 'error', 'cancel'].includes(settle.outcome.kind)
    if (job.key === null || !(isForgotten || (hasEnded && job.key_scope === 1))) return
    const holder = this.#holders.get(`${queue}\0${job.key}`)
    if (holder && 'id' in holder && holder.id === job.id) this.#holders.delete(`${queue}\0${job.key}`)
  }

  /** 0 when there is none, or it is gone by itself. */
  #versionOf(key: string): number {
    const record = this.#records.get(key)
    return record === undefined || (record.gone_ms ?? Number.POSITIVE_INFINITY) <= this.#loaded.nowMs
      ? 0
      : record.version
  }

  #put({ key, value, ttlMs }: RecordPut): void {
    if (value === null) {
      this.#records.set(key, undefined)
      return
    }
    this.#drawn++
    const gone_ms = ttlMs === undefined ? null : this.#loaded.nowMs + ttlMs
    this.#records.set(key, { key, value: toStored(value), version: this.#loaded.lastVersion + this.#drawn, gone_ms })
  }

  #send(job: NewJob): Sent {
    const name = job.key === undefined ? undefined : `${job.queue}\0${job.key}`
    const holder = name === undefined ? undefined : this.#holders.get(name)
    if (holder !== undefined) return holder
    const sent = { at: this.sends.length }
    if (name !== undefined) this.#holders.set(name, sent)
    const { nowMs } = this.#loaded
    const { delayMs = 0, priority = 0 } = job
    this.sends.push({
      queue: job.queue,
      rank: job.expedite ? EXPEDITED_RANK : -priority,
      priority,
      due_ms: nowMs + delayMs,
      sent_ms: nowMs,
      is_due: delayMs === 0,
      attempts_max: job.attemptsMax ?? null,
      key: job.key ?? null,
      key_scope: job.key === undefined ? null : job.keyScope === 'kept' ? 2 : 1,
      payload: toStored(job.payload),
    })
    this.changes.move(job.queue, null, delayMs > 0 ? 'scheduled' : 'ready')
    return sent
  }
}
