import { KitchenError, RuleError } from '../../core/errors.js'
import type { Json } from '../../core/json.js'
import { defineQueue, type QueueDefinition } from '../../queue/definition.js'
import type { Handler } from '../../queue/job.js'
import { cancel, fail, snooze } from '../../queue/outcome.js'
import type { RunRecord } from '../run-record.js'
import { keptRun } from './run-book.js'
import { RunFolder } from './run-folder.js'
import type { RunMeans } from './run-means.js'
import { stageName, TASKS_QUEUE, type TaskPayload, taskName } from './run-payload.js'
import { KEPT, type KeptTasks, type StagePlan } from './stage-plan.js'
import { faultOf } from './thread-fault.js'
import type { MapAnswer, ThreadTask } from './thread-task.js'

/** The queue of tasks: a failure is final, since the run decides what becomes of it. Ended ones are few, and say little. */
export const tasksQueue: QueueDefinition = defineQueue({
  name: TASKS_QUEUE,
  attempts: 1,
  keep: { doneMax: 1_000, errorMax: 1_000 },
})

/** A task whose kitchen fails is looked at again after this long. */
const AGAIN_MS = 1_000

/** Does one map or reduce task of a run, unless its output stands. */
export function taskHandler(means: RunMeans): Handler {
  return async ({ payload, signal }) => {
    const task = payload as TaskPayload
    const kept = await keptRun(means.book, { rule: task.rule, id: task.run }).catch(noKitchen)
    if (kept === null) return snooze({ inMs: AGAIN_MS })
    if (kept === undefined || !isOf(kept.record, task)) return cancel('its run has ended, or begun again')
    const { record } = kept
    const name = taskName(task)
    const folder = new RunFolder(means.runsFolder, task.run, means.isDurable).attempt(task.attempt, task.version)
    try {
      const plan = await folder.made<StagePlan>(`${stageName(task.source)}plan`)
      if (plan === undefined) return cancel('the plan of its run is gone')
      await folder.make<unknown>(name, async (path) =>
        means.threads.run(
          { ...address(means, record, task.source), task: await threadTask(task, plan, { path, record, folder }) },
          {
            signal,
            stallMs: plan.facts.stallMs,
            functions: plan.facts.functions?.[task.kind] ?? [],
            onProgress: (rows, bytes) => means.live.set(task.run, name, { rows, bytes }),
          },
        ),
      )
    } catch (error) {
      if (signal.aborted) throw error
      const fault = faultOf(error)
      await folder.fail(name, fault)
      return fail(fault.message)
    } finally {
      means.live.set(task.run, name, null)
    }
  }
}

/** Where the rule of a task is, and the version that it must have. */
export function address(
  means: RunMeans,
  record: RunRecord,
  source: string,
): { readonly address: { readonly module: string; readonly rule: string }; readonly version: string } {
  const root = means.addressOf(record)
  const rule = source === '' ? root.rule : `${root.rule}/${source}`
  return { address: { module: root.module, rule }, version: record.version }
}

/** No failure of the task, which would be one of its run. */
function noKitchen(error: unknown): null {
  if (error instanceof KitchenError) return null
  throw error
}

const isOf = (record: RunRecord, { attempt, version }: TaskPayload): boolean =>
  record.state === 'working' && record.attempt === attempt && record.version === version

async function threadTask(
  { kind, index, source }: TaskPayload,
  { keyset, tasks, facts, verdict, kept, keepsGroups = false }: StagePlan,
  {
    path,
    record,
    folder,
  }: { path: string; record: RunRecord; folder: { made<T>(task: string): Promise<T | undefined> } },
): Promise<ThreadTask> {
  const scope = { keyset, params: record.params as Readonly<Record<string, Json>>, folder: path }
  if (kind === 'map' && kept !== undefined) {
    const groups = (await folder.made<KeptTasks>(KEPT))?.tasks[index]
    if (groups === undefined)
      throw new RuleError('fault', `what the earlier run kept is gone from the folder of run ${record.id}`)
    return { kind: 'keptMap', ...scope, kept: groups, plan: kept, keepsGroups }
  }
  if (kind === 'map') return { kind, ...scope, pieces: tasks[index] ?? [], groups: verdict?.plan ?? null, keepsGroups }
  const files = []
  const spills = []
  for (let map = 0; map < tasks.length; map++) {
    const made = await folder.made<MapAnswer>(taskName({ source, kind: 'map', index: map }))
    files.push(...(made?.files ?? []))
    // What an older version kept has none.
    spills.push(...(made?.spills ?? []))
  }
  return { kind, ...scope, partition: index, isOnly: facts.partitions === 1, files, spills }
}
