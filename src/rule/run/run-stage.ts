import { basename, dirname, join } from 'node:path'
import { RuleError } from '../../core/errors.js'
import type { RunCounters } from '../counters.js'
import { accountOf } from '../groups/engine-account.js'
import { linkOrCopy } from '../link-or-copy.js'
import { groupPieces } from '../map/plan-pieces.js'
import type { ReduceOutput } from '../result/reduce-task.js'
import type { ResultFile } from '../result-file.js'
import type { RunRecord } from '../run-record.js'
import { groupTasks } from './group-tasks.js'
import { addCounters, checkBadRatio, countersOfSource } from './run-counters.js'
import type { AttemptFolder } from './run-folder.js'
import type { StageMade } from './run-made.js'
import type { RunMeans } from './run-means.js'
import { callName, stageName, type TaskPayload } from './run-payload.js'
import type { RunProgress } from './run-request.js'
import { doTasks } from './run-tasks.js'
import { blobInputs, fileInputs, resultPieces } from './stage-inputs.js'
import { KEPT, type KeptTasks, type StagePlan } from './stage-plan.js'
import { address } from './task-job.js'
import type { MapAnswer, PlanInput, RuleFacts, UserCall } from './thread-task.js'

/** Bytes that one map task reads: a second or less, so that little is done again. */
const TASK_BYTES = 32 * 1024 * 1024

/** Bad records that a run keeps for people to see at once. */
const BAD_ROWS_MAX = 1_000

/** What a run does now. */
export type RunStep = Pick<RunProgress, 'stage' | 'tasks' | 'tasksDone' | 'verdict'>

/** What all rules of one attempt of a run work with. */
export interface StageScope {
  readonly means: RunMeans
  readonly record: RunRecord
  readonly folder: AttemptFolder
  readonly signal: AbortSignal
  readonly onProgress: (step: RunStep, counted?: RunCounters) => void
  /** Known once the input is: as stored. */
  readonly onInput: (bytes: number) => void
}

/**
 * Does one rule of a run up to its result files: first the rules that feed it, side by side; then the plan, the map tasks, the reduce
 * tasks and the finish. What stands in the attempt's folder is not done again.
 *
 * @param source Its place below the run's rule; empty for that itself.
 * @throws RuleError
 */
export async function doStage(scope: StageScope, source: string, facts: RuleFacts): Promise<StageMade> {
  const sources = await doSources(scope, source, facts)
  await callOnce(scope, source, { facts, call: 'ruleInit' })
  const plan = await scope.folder.make<StagePlan>(`${stageName(source)}plan`, (path) =>
    planStage(scope, source, { facts, sources, path }),
  )
  // A plan that another run kept has the facts of then.
  const made = await mapAndReduce(scope, source, { ...plan, facts })
  return {
    results: made.results,
    counters: addCounters([
      made.counters,
      ...sources.map(({ counters }, at) => countersOfSource(counters, facts.sources[at]?.name ?? '')),
    ]),
    badRows: [...made.badRows, ...sources.flatMap(({ badRows }) => badRows)].slice(0, BAD_ROWS_MAX),
    badFiles: [...made.badFiles, ...sources.flatMap(({ badFiles }) => badFiles)],
    engines: [...(made.engines ?? []), ...sources.flatMap(({ engines }) => engines ?? [])],
  }
}

/** When one fails, the others are ended: nothing of the attempt goes on behind its end. */
async function doSources(scope: StageScope, source: string, facts: RuleFacts): Promise<readonly StageMade[]> {
  const failing = new AbortController()
  const signal = AbortSignal.any([scope.signal, failing.signal])
  const doing = facts.sources.map((each) =>
    doStage({ ...scope, signal }, source === '' ? each.name : `${source}/${each.name}`, each).catch((error) => {
      failing.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(doing)
  signal.throwIfAborted()
  return Promise.all(doing)
}

/** Calls a function of the rule in a thread, once in an attempt; after a crash it may be called again. */
export async function callOnce(
  { means, record, folder, signal }: Pick<StageScope, 'means' | 'record' | 'folder' | 'signal'>,
  source: string,
  { facts, call }: { readonly facts: RuleFacts; readonly call: UserCall },
): Promise<readonly string[]> {
  if (!facts.has[call]) return []
  return folder.make<readonly string[]>(callName(source, call), () =>
    means.threads.run(
      { ...address(means, record, source), task: { kind: 'call', call, params: record.params } },
      { signal, stallMs: facts.stallMs },
    ),
  )
}

async function planStage(
  scope: StageScope,
  source: string,
  {
    facts,
    sources,
    path,
  }: { readonly facts: RuleFacts; readonly sources: readonly StageMade[]; readonly path: string },
): Promise<StagePlan> {
  const { means, record, signal } = scope
  scope.onProgress({ stage: 'plan', tasks: 1, tasksDone: 0 })
  const keepsGroups = source === '' && (facts.save || means.keeps)
  const kept = source === '' ? await scope.folder.made<KeptTasks>(KEPT) : undefined
  if (kept !== undefined) return planKept(scope, kept, { facts, path, keepsGroups })
  if (source === '' && record.isResumed) throw lostKept(record)
  const inputs = await inputsOf(scope, source, facts)
  const inputBytes = inputs.reduce((sum, { bytes }) => sum + bytes, 0)
  scope.onInput(inputBytes)
  // One makes the plan; the others get ready meanwhile.
  means.threads.makeReady(address(means, record, source), inputBytes)
  const keyset = source === '' ? record.keyset : null
  const { engine: choice = 'auto', params } = record
  const task = {
    ...{ kind: 'plan' as const, inputs, piecesBytes: TASK_BYTES, keyset, params, folder: path },
    results: sources.flatMap(({ results }) => resultPieces(results)),
    // Rules that feed it go by groups where they can: who asks for groups asks for its own.
    choice: choice === 'groups' && source !== '' ? 'auto' : choice,
    keepsGroups,
  }
  const { pieces, verdict } = await means.threads.run(
    { ...address(means, record, source), task },
    { signal, stallMs: facts.stallMs, functions: facts.functions?.map ?? [] },
  )
  const tasks = verdict.engine === 'rows' ? groupPieces(pieces, TASK_BYTES) : groupTasks(pieces, means.threads.size)
  return { facts, tasks, keyset, verdict, params, keepsGroups }
}

/** Of a run that goes on from the groups that another kept: a task for each of its. */
async function planKept(
  { means, record, signal }: StageScope,
  { run, tasks }: KeptTasks,
  { facts, path, keepsGroups }: { readonly facts: RuleFacts; readonly path: string; readonly keepsGroups: boolean },
): Promise<StagePlan> {
  const { keyset, params } = record
  const kept = await means.threads.run(
    { ...address(means, record, ''), task: { kind: 'keptPlan', keyset, params, folder: path, kept: tasks } },
    { signal, stallMs: facts.stallMs, functions: facts.functions?.map ?? [] },
  )
  const verdict = { engine: 'groups' as const, reason: `those that ${run} kept`, plan: null }
  return { facts, tasks: tasks.map(() => []), keyset, verdict, params, keepsGroups, kept }
}

/** To begin with what it has would be to begin with nothing. Who began it may have died before the folder was filled. */
const lostKept = ({ rule }: RunRecord): RuleError =>
  new RuleError(
    'input',
    `rule ${rule} was changed since its run began, or that run did not get what another kept, from which it goes on`,
    { hint: 'Run it again with --process-map.' },
  )

async function inputsOf(scope: StageScope, source: string, facts: RuleFacts): Promise<readonly PlanInput[]> {
  const { means, record } = scope
  const blobs = record.blobs.filter((blob) => (blob.source ?? '') === source)
  const tagged = means.store === null ? [] : await blobInputs(means.tags, means.store, blobs)
  // Those of the run's own rule were asked for when it was started.
  const files = source === '' ? record.files : await callOnce(scope, source, { facts, call: 'sourceUrls' })
  return [...tagged, ...(await fileInputs(files, dirname(means.addressOf(record).module)))]
}

async function mapAndReduce(scope: StageScope, source: string, plan: StagePlan): Promise<StageMade> {
  const { means, record, folder, signal, onProgress } = scope
  const ofRun = { rule: record.rule, run: record.id, attempt: record.attempt, version: record.version, source }
  const tasksOf = <Made>(kind: TaskPayload['kind'], count: number): Promise<readonly Made[]> =>
    doTasks<Made>(means.tasks, {
      scope: { ...ofRun, kind },
      count,
      folder,
      signal,
      onDone: (made, tasksDone) => {
        const counters = kind === 'map' ? (made as MapAnswer).counters : undefined
        onProgress({ stage: kind, tasks: count, tasksDone, ...(kind === 'map' && told) }, counters)
      },
    })
  const { verdict } = plan
  const told = verdict && { verdict: { engine: verdict.engine, reason: verdict.reason } }
  onProgress({ stage: 'map', tasks: plan.tasks.length, tasksDone: 0, ...told })
  const maps = await tasksOf<MapAnswer>('map', plan.tasks.length)
  const counted = {
    counters: addCounters(maps.map(({ counters }) => counters)),
    badRows: maps.flatMap(({ badRows }) => badRows).slice(0, BAD_ROWS_MAX),
    badFiles: maps.flatMap(({ badFile }) => badFile ?? []),
    engines: [accountOf(source, verdict, maps)],
  }
  checkBadRatio(plan.facts.name, plan.facts.maxBadRatio, counted)
  onProgress({ stage: 'reduce', tasks: plan.facts.partitions, tasksDone: 0 })
  const reduced = await tasksOf<ReduceOutput>('reduce', plan.facts.partitions)
  onProgress({ stage: 'finish', tasks: 1, tasksDone: 0 })
  const results = await folder.make<readonly ResultFile[]>(`${stageName(source)}result`, async (path) => {
    const outputs = await linked(reduced, path)
    const task = { kind: 'finish' as const, keyset: plan.keyset, params: record.params, folder: path, outputs }
    return means.threads.run(
      { ...address(means, record, source), task },
      {
        signal,
        stallMs: plan.facts.stallMs,
        functions: plan.facts.functions?.reduce ?? [],
      },
    )
  })
  return { ...counted, results }
}

/** The finish may rename what it is given: it gets other names of the same files, so that it can be done again. */
async function linked(outputs: readonly ReduceOutput[], folder: string): Promise<readonly ReduceOutput[]> {
  return Promise.all(
    outputs.map(async (output) => ({
      ...output,
      files: await Promise.all(
        output.files.map(async (each) => {
          const file = join(folder, `part-${output.partition}-${basename(each.file)}`)
          await linkOrCopy(each.file, file)
          return { ...each, file }
        }),
      ),
    })),
  )
}
