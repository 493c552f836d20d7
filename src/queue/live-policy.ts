import type { Retention } from '../broker/job-store.js'
import { type Backoff, type BackoffFunction, exponential } from '../core/backoff.js'
import type { QueueSettings } from './definition.js'
import type { FailurePolicy } from './failure.js'
import { POLICY_PREFIX, parsePolicy, type QueuePolicy } from './policies.js'
import type { RecordWatch } from './record-watch.js'
import type { Watched } from './worker.js'

const ATTEMPTS = 5
const KEEP: Retention = { doneMax: 100, errorMax: 10_000 }

type Said = Omit<QueueSettings, 'name' | 'timeoutMs'>

/**
 * What a worker goes by: the policy of its queue as it stands in the kitchen now, then the worker's own options, then the queue's
 * definition, then the defaults.
 */
export class LivePolicy implements FailurePolicy, Watched {
  readonly random: () => number = Math.random
  readonly #said: readonly Said[]
  readonly #source: PolicySource
  #attemptsMax = ATTEMPTS
  #backoff: Backoff | BackoffFunction = exponential()
  #keep: Retention = KEEP
  #end: (() => void) | null = null

  /** @param said By the program: what comes first goes before. */
  constructor(said: readonly Said[], source: PolicySource) {
    this.#said = said
    this.#source = source
    this.#apply({})
  }

  get attemptsMax(): number {
    return this.#attemptsMax
  }

  get backoff(): Backoff | BackoffFunction {
    return this.#backoff
  }

  get keep(): Retention {
    return this.#keep
  }

  async begin(): Promise<void> {
    const { queue, watch, onFault } = this.#source
    const key = `${POLICY_PREFIX}${queue}`
    this.#end ??= watch.follow({
      onRecords: (records) => {
        const record = records.find((each) => each.key === key)
        try {
          this.#apply(record === undefined ? {} : parsePolicy(record))
        } catch (error) {
          // A policy that nobody can read changes nothing: the last that was read stands.
          onFault(error)
        }
      },
      onFault,
    })
    await watch.read()
  }

  end(): void {
    this.#end?.()
    this.#end = null
  }

  #apply(policy: QueuePolicy): void {
    const said = [policy, ...this.#said]
    this.#attemptsMax = said.find(({ attempts }) => attempts !== undefined)?.attempts ?? ATTEMPTS
    this.#backoff = said.find(({ backoff }) => backoff !== undefined)?.backoff ?? exponential()
    this.#keep = retention(Object.assign({}, ...said.map(({ keep }) => keep).reverse()))
  }
}

/** Where a policy is read, and who is told when that fails. */
export interface PolicySource {
  readonly queue: string
  readonly watch: RecordWatch
  readonly onFault: (error: unknown) => void
}

/** Who gives an age and no number means all jobs of that age: the number that is kept otherwise would cut them short. */
const retention = ({ doneMax, errorMax, doneMs, errorMs }: Partial<Retention>): Retention => ({
  doneMax: doneMax ?? (doneMs === undefined ? KEEP.doneMax : Number.POSITIVE_INFINITY),
  errorMax: errorMax ?? (errorMs === undefined ? KEEP.errorMax : Number.POSITIVE_INFINITY),
  ...(doneMs !== undefined && doneMs < Number.POSITIVE_INFINITY && { doneMs }),
  ...(errorMs !== undefined && errorMs < Number.POSITIVE_INFINITY && { errorMs }),
})
