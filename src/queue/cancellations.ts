import type { Broker } from '../broker/broker.js'
import type { JobId } from '../broker/job-store.js'
import type { KeptRecord, RecordPut } from '../broker/records.js'
import { hasEnded } from '../core/job-state.js'
import { parseJson } from '../core/json.js'
import { BATCH_MAX } from '../core/limits.js'
import { RecordWatch } from './record-watch.js'

/**
 * What came of cancelling a job. `cancelled`: it waited, and has ended. `asked`: it runs, and its worker has been asked: within
 * a second its signal aborts. `ended`: it had ended already, and stays as it is. `missing`: there is no such job.
 */
export type Cancelled = 'cancelled' | 'asked' | 'ended' | 'missing'

/** A job may wait so long for its worker to hear of it; then the wish is forgotten. */
const KEPT_MS = 86_400_000

const TOPIC = 'cancel'

const keyOf = (queue: string, id: JobId): string => `${TOPIC}/${queue}/${id}`

/** One who runs jobs, and is told of those that shall end. */
export interface CancelListener {
  /** Whether it runs the job now; if so, it tells the run to stop. */
  readonly onCancel: (id: JobId, reason: string) => boolean
  readonly onFault: (error: unknown) => void
}

/**
 * Cancels a job from any process.
 *
 * One that waits ends at once. For one that runs, a record is put that all workers watch: the one that holds the job aborts its
 * signal, and takes the record away with the outcome.
 *
 * @throws ArgumentError, KitchenError.
 */
export async function cancelJob(broker: Broker, id: JobId, reason: string): Promise<Cancelled> {
  const waiting = await cancelWaiting(broker, id, reason)
  if (waiting !== 'running') return waiting
  const [job] = await broker.jobs({ ids: [id], countMax: 1 })
  if (job === undefined) return 'missing'
  const key = keyOf(job.queue, id)
  await broker.commit([{ put: [{ key, value: JSON.stringify({ reason }), ttlMs: KEPT_MS }] }])
  // It may have gone back to its queue meanwhile, to wait there for an hour; or have ended, and must not be cancelled when
  // somebody brings it back.
  const now = await cancelWaiting(broker, id, reason)
  if (now === 'running') return 'asked'
  // A wish that is gone was heard: a worker took it away as the job ended.
  const isHeard = now !== 'cancelled' && (await broker.record(key)) === undefined
  if (isHeard) return 'asked'
  await broker.commit([{ put: [{ key, value: null }] }])
  return now
}

async function cancelWaiting(broker: Broker, id: JobId, reason: string): Promise<Cancelled | 'running'> {
  const [changed] = await broker.change([id], { kind: 'cancel', reason })
  switch (changed) {
    case 'changed':
      return 'cancelled'
    case 'running':
      return 'running'
    case 'missing':
      return 'missing'
    default:
      return 'ended'
  }
}

/** Knows which jobs of a kitchen shall be cancelled, for all workers of this process. */
export class Cancellations {
  readonly #broker: Broker
  readonly #watch: RecordWatch
  readonly #listeners = new Set<CancelListener>()
  /** Also of jobs that others run: a take that is under way may bring one of them. */
  #reasons: Map<JobId, string> = new Map()
  #end: (() => void) | null = null

  constructor(broker: Broker) {
    this.#broker = broker
    this.#watch = new RecordWatch(broker, TOPIC)
  }

  /** Begins to tell a worker; the first one begins the watch. The answer ends it, and is safe twice. */
  join(listener: CancelListener): () => void {
    this.#listeners.add(listener)
    this.#end ??= this.#watch.follow({
      onRecords: (records) => this.#tell(records),
      onFault: (error) => this.#fault(error),
    })
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#end?.()
      this.#end = null
    }
  }

  /** Reads what shall be cancelled now, so that the first take knows it. @throws KitchenError when the store fails. */
  read(): Promise<void> {
    return this.#watch.read()
  }

  /** Why a job shall be cancelled; undefined for nearly all. */
  reasonOf(id: JobId): string | undefined {
    return this.#reasons.size === 0 ? undefined : this.#reasons.get(id)
  }

  /** What goes with the outcome that ends a job, so that nothing is left when nothing is to be cancelled any more. */
  putOf(queue: string, id: JobId): RecordPut | undefined {
    return this.reasonOf(id) === undefined ? undefined : { key: keyOf(queue, id), value: null }
  }

  /** The job has ended. */
  forget(id: JobId): void {
    if (this.#reasons.size > 0) this.#reasons.delete(id)
  }

  #tell(records: readonly KeptRecord[]): void {
    const wanted = records.map(readCancel).filter((each) => each !== undefined)
    const fresh = wanted.filter(({ id }) => !this.#reasons.has(id))
    this.#reasons = new Map(wanted.map(({ id, reason }) => [id, reason]))
    const elsewhere = fresh.filter((each) => !this.#runsHere(each))
    if (elsewhere.length > 0) this.#dropEnded(elsewhere).catch((error) => this.#fault(error))
  }

  /** Tells the worker that runs the job, if it is one of this process. */
  #runsHere({ id, reason }: Wanted): boolean {
    for (const { onCancel } of this.#listeners) if (onCancel(id, reason)) return true
    return false
  }

  #fault(error: unknown): void {
    for (const { onFault } of this.#listeners) onFault(error)
  }

  /** A job that ended just before its worker could hear of it leaves its record behind; it would cancel the job should a person bring it back. */
  async #dropEnded(wanted: readonly Wanted[]): Promise<void> {
    const byId = new Map(wanted.slice(0, BATCH_MAX).map((each) => [each.id, each]))
    const jobs = await this.#broker.jobs({ ids: [...byId.keys()], countMax: byId.size })
    const put = jobs.flatMap(({ id, state }): RecordPut[] => {
      const each = byId.get(id)
      return each !== undefined && hasEnded(state) ? [{ key: each.key, value: null, expected: each.version }] : []
    })
    if (put.length > 0) await this.#broker.commit(put.map((each) => ({ put: [each] })))
  }
}

/** A job that shall be cancelled, as its record says. */
interface Wanted {
  readonly id: JobId
  readonly reason: string
  readonly key: string
  readonly version: number
}

/** undefined when it is none that this version understands. */
function readCancel({ key, value, version }: KeptRecord): Wanted | undefined {
  const id = key.slice(key.lastIndexOf('/') + 1)
  try {
    const { reason } = parseJson(value) as { readonly reason?: unknown }
    return typeof reason === 'string' ? { id, reason, key, version } : undefined
  } catch {
    return undefined
  }
}
