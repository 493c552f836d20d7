import { checkQueue, checkWhole } from '../broker/arguments.js'
import type { JobStore, Retention } from '../broker/job-store.js'
import type { KeptRecord, Records } from '../broker/records.js'
import { type Backoff, checkBackoff } from '../core/backoff.js'
import { ArgumentError, KitchenError } from '../core/errors.js'
import { type JsonText, parseJson } from '../core/json.js'
import { checkKnown, checkObject } from '../core/members.js'

/** Policies of queues are records whose keys begin so; the queue's name follows. The first word is what workers watch. */
export const POLICY_PREFIX = 'queue/'

/** All history: what one who looks after a queue keeps as long as its owners have not said. */
export const KEEP_ALL: Retention = { doneMax: Number.POSITIVE_INFINITY, errorMax: Number.POSITIVE_INFINITY }

/**
 * What is said about one queue at run time, for all its workers: it goes before what their programs say, and after what
 * the sender of a job said. What is absent is left to the workers.
 */
export interface QueuePolicy {
  /** Attempts, 1 or more, before a failure is final. */
  readonly attempts?: number
  readonly backoff?: Backoff
  /** Ended jobs to keep, by number and by age; `Infinity` is no bound. */
  readonly keep?: Partial<Retention>
}

/** Changes of a policy. What is absent stays as it is; null leaves it to the workers again. */
export interface PolicyChanges {
  readonly attempts?: number | null
  readonly backoff?: Backoff | null
  /** Each bound by itself; null leaves all of them to the workers. */
  readonly keep?: { readonly [Bound in keyof Retention]?: number | null } | null
}

/** What policies are read and changed through. */
export type PolicyStore = Pick<JobStore, 'commit'> & Pick<Records, 'record'>

/** Two people change one policy at the same moment now and then; so many in a row means that something else is wrong. */
const TRIES_MAX = 10

const BOUNDS: readonly (keyof Retention)[] = ['doneMax', 'errorMax', 'doneMs', 'errorMs']

/**
 * What is said about a queue at run time; nothing of it is set when nobody said anything.
 *
 * @throws ArgumentError when the record is none that this version understands. KitchenError when the store fails.
 */
export async function readPolicy(records: Pick<Records, 'record'>, queue: string): Promise<QueuePolicy> {
  checkQueue(queue)
  const record = await records.record(`${POLICY_PREFIX}${queue}`)
  return record === undefined ? {} : parsePolicy(record)
}

/**
 * Changes what is said about a queue; workers go by it within a second. Safe against others who do the same at once:
 * each change counts.
 *
 * @returns The whole policy as it stands then.
 * @throws ArgumentError when a change is out of bounds: nothing was changed. KitchenError when the store fails, and
 * `busy` when others changed it ten times meanwhile.
 */
export async function changePolicy(store: PolicyStore, queue: string, changes: PolicyChanges): Promise<QueuePolicy> {
  checkQueue(queue)
  checkObject('a change of a policy', changes)
  checkKnown('policy', changes, ['attempts', 'backoff', 'keep'])
  const key = `${POLICY_PREFIX}${queue}`
  for (let tried = 0; tried < TRIES_MAX; tried++) {
    const record = await store.record(key)
    const policy = changed(record === undefined ? {} : parsePolicy(record), changes)
    checkPolicy(policy)
    const value = Object.keys(policy).length === 0 ? null : textOf(policy)
    if (value === null && record === undefined) return policy
    const [result] = await store.commit([{ put: [{ key, value, expected: record?.version ?? 0 }] }])
    if (result?.kind === 'done') return policy
  }
  throw new KitchenError('busy', `the policy of queue '${queue}' was changed by others again and again`, {
    hint: 'Try again.',
  })
}

/**
 * Reads a policy from its record.
 *
 * @throws ArgumentError when it is none that this version understands.
 */
export function parsePolicy({ key, value }: KeptRecord): QueuePolicy {
  try {
    const stored = parseJson(value) as Omit<QueuePolicy, 'keep'> & { readonly keep?: object }
    if (typeof stored !== 'object' || stored === null) throw new ArgumentError('it is no object')
    const keep = Object.entries(stored.keep ?? {}).map(([bound, kept]) => [bound, kept === ALL ? Infinity : kept])
    const policy = stored.keep === undefined ? stored : { ...stored, keep: Object.fromEntries(keep) }
    checkPolicy(policy)
    return policy
  } catch (error) {
    throw new ArgumentError(`record '${key}' holds no policy: ${error instanceof Error ? error.message : error}`, {
      hint: `Set it anew with changePolicy or 'hob queue set'.`,
      cause: error,
    })
  }
}

/** JSON has no infinite number. */
const ALL = 'all'

const textOf = (policy: QueuePolicy): JsonText =>
  JSON.stringify(policy, (_, value: unknown) => (value === Number.POSITIVE_INFINITY ? ALL : value))

function changed(policy: QueuePolicy, { attempts, backoff, keep }: PolicyChanges): QueuePolicy {
  const kept = keep === null ? {} : without({ ...policy.keep, ...keep })
  return without({
    attempts: attempts === undefined ? policy.attempts : attempts,
    backoff: backoff === undefined ? policy.backoff : backoff,
    keep: Object.keys(kept).length === 0 ? null : kept,
  }) as QueuePolicy
}

/** Leaves out what is null or not there. */
const without = (members: object): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined))

function checkPolicy({ attempts, backoff, keep }: QueuePolicy): void {
  if (attempts !== undefined) checkWhole('attempts', attempts, 1, Number.MAX_SAFE_INTEGER)
  if (backoff !== undefined) checkBackoff(backoff)
  if (keep !== undefined) checkRetention(keep)
}

/** @throws ArgumentError when it names a bound that there is not, or one is no whole number of 0 or more, nor Infinity. */
export function checkRetention(keep: Partial<Retention>): void {
  checkObject('keep', keep)
  checkKnown('keep', keep, BOUNDS)
  for (const bound of BOUNDS) {
    const kept = keep[bound]
    if (kept !== undefined && kept !== Number.POSITIVE_INFINITY) checkWhole(bound, kept, 0, Number.MAX_SAFE_INTEGER)
  }
}
