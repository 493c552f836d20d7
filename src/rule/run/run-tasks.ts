import type { NewJob } from '../../broker/job-store.js'
import { JobFailedError, KitchenError, RuleError } from '../../core/errors.js'
import { BATCH_MAX } from '../../core/limits.js'
import { cancelJob } from '../../queue/cancellations.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import type { StopReason } from '../../queue/stop-signal.js'
import { abortable } from '../abortable.js'
import type { AttemptFolder } from './run-folder.js'
import { TASKS_QUEUE, type TaskPayload, taskName } from './run-payload.js'
import { errorOf } from './thread-fault.js'
import type { ThreadFault } from './thread-task.js'

/** Tasks of one kind of one rule of a run. */
export interface TaskBatch {
  readonly scope: Omit<TaskPayload, 'index'>
  readonly count: number
  readonly folder: AttemptFolder
  readonly signal: AbortSignal
  /** A task is done: how many are. */
  readonly onDone: (made: unknown, done: number) => void
}

/**
 * Has tasks done by whoever works the queue of tasks, and waits for all of them.
 *
 * Tasks whose output stands are not sent. Others are sent under a key that is kept, so that one that was sent before, by this process or by
 * one that is gone, is waited for and not done twice.
 *
 * @throws RuleError: that of the first task that failed; the others are cancelled. The reason of `signal`. KitchenError when the store fails.
 */
export async function doTasks<Made>(parts: KitchenParts, batch: TaskBatch): Promise<readonly Made[]> {
  const { count, folder, scope } = batch
  const made: (Made | undefined)[] = []
  const open: number[] = []
  let done = 0
  for (let index = 0; index < count; index++) {
    const standing = await folder.made<Made>(taskName({ ...scope, index }))
    made.push(standing)
    if (standing === undefined) open.push(index)
    else batch.onDone(standing, ++done)
  }
  const ids = await send(parts, batch, open)
  try {
    const outputs = open.map(async (index, at) => {
      made[index] = await outputOf<Made>(parts, batch, { index, id: ids[at] ?? '' })
      if (!batch.signal.aborted) batch.onDone(made[index], ++done)
    })
    // One listener for all: Node warns of a signal that has more than ten.
    await abortable(Promise.all(outputs), batch.signal)
  } catch (error) {
    if (!isGivenBack(error)) await cancelAll(parts, ids)
    throw error
  }
  return made as readonly Made[]
}

async function send(parts: KitchenParts, { scope }: TaskBatch, indexes: readonly number[]): Promise<readonly string[]> {
  const ids: string[] = []
  for (let from = 0; from < indexes.length; from += BATCH_MAX) {
    const jobs = indexes.slice(from, from + BATCH_MAX).map((index): NewJob => {
      const payload: TaskPayload = { ...scope, index }
      const key = `${scope.run}/${scope.attempt}-${scope.version}/${taskName(payload)}`
      return { queue: TASKS_QUEUE, payload: JSON.stringify(payload), key, keyScope: 'kept', attemptsMax: 1 }
    })
    const [result] = await parts.broker.commit([{ send: jobs }])
    const sent = result?.sent ?? []
    ids.push(...sent.map(({ id }) => id))
    // An edit of the rule cancelled it, and was taken back. One that failed stays as it is: it may have ended its process three times.
    for (const { id } of sent.filter(({ isNew }) => !isNew)) {
      const known = await parts.broker.job(id)
      if (known?.state === 'cancelled') await parts.broker.change([id], { kind: 'retry' })
    }
  }
  return ids
}

async function outputOf<Made>(
  parts: KitchenParts,
  batch: TaskBatch,
  { index, id }: { readonly index: number; readonly id: string },
): Promise<Made> {
  const name = taskName({ ...batch.scope, index })
  try {
    await parts.results.of(id, { timeoutMs: Number.POSITIVE_INFINITY })
  } catch (error) {
    // A job that is known no more was done, if its output stands.
    const isForgotten = error instanceof KitchenError && error.code === 'missing'
    if (error instanceof JobFailedError) throw await failureOf(batch.folder, name, error)
    if (!isForgotten) throw error
  }
  const made = await batch.folder.made<Made>(name)
  if (made !== undefined) return made
  throw new RuleError('fault', `what task ${name} of run ${batch.scope.run} made is not in ${batch.folder.path}`, {
    hint: 'Do all who work at rules see the same folder of blobs?',
  })
}

/** A task tells why it failed in the folder; a process that died thrice with it could not. */
async function failureOf(folder: AttemptFolder, name: string, error: JobFailedError): Promise<RuleError> {
  const fault = await folder.fault<ThreadFault>(name)
  return fault === undefined
    ? new RuleError('fault', `task ${name}: ${error.message}`, { cause: error })
    : errorOf(fault)
}

/** The run has not failed: whoever goes on with it waits for these very tasks, and a cancelled one would be its failure. */
const isGivenBack = (error: unknown): boolean =>
  error instanceof KitchenError || GIVEN_BACK.some((reason) => reason === error)

/** As the signals of jobs tell it. */
const GIVEN_BACK: readonly StopReason[] = ['lease lost', 'stopped']

/** Best effort: a task that runs on finds its run ended, or its folder gone, and its output is nobody's. */
async function cancelAll(parts: KitchenParts, ids: readonly string[]): Promise<void> {
  const reason = 'another task of its run failed'
  try {
    for (let from = 0; from < ids.length; from += BATCH_MAX) {
      const some = ids.slice(from, from + BATCH_MAX)
      const changed = await parts.broker.change(some, { kind: 'cancel', reason })
      for (const [at, id] of some.entries()) if (changed[at] === 'running') await cancelJob(parts.broker, id, reason)
    }
  } catch {
    // The kitchen failed: what goes on to run is refused later.
  }
}
