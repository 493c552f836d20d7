import { rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkWhole } from '../../broker/arguments.js'
import { closest } from '../../core/closest.js'
import { RuleError } from '../../core/errors.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import { nodeName } from '../../queue/node.js'
import { type Patience, type PatienceMs, withPatience } from '../../queue/patience.js'
import { Queue } from '../../queue/queue.js'
import { keepTemporary, temporaryFolder } from '../../queue/temporary-folder.js'
import { checkEngineChoice } from '../groups/engine-choice.js'
import { noGroups } from '../groups/why-never.js'
import { fromHere } from '../import-module.js'
import { moduleName } from '../load-module.js'
import { ruleVersion } from '../rule-version.js'
import { hasRunEnded } from '../run-record.js'
import { type KeptResults, keepResults } from './kept-results.js'
import { KeptRun } from './kept-run.js'
import { approximateColumns } from './rule-facts.js'
import { RuleThreads } from './rule-threads.js'
import { keptRun } from './run-book.js'
import { leftRuns } from './run-care.js'
import type { RunEvent } from './run-events.js'
import { RunFolder } from './run-folder.js'
import { runHandler } from './run-job.js'
import type { RunMade } from './run-made.js'
import { LiveTasks, type RunMeans } from './run-means.js'
import { NOW_QUEUE } from './run-payload.js'
import { runQueueWorker } from './run-queue.js'
import type { RunOutcome, RunRequest } from './run-request.js'
import { MEMORY_BYTES } from './run-worker.js'
import { startRun } from './start-run.js'
import { taskHandler, tasksQueue } from './task-job.js'
import type { RuleFacts, ThreadOrder } from './thread-task.js'

const LEASE_MS = 15_000

/** So long a person waits for a kitchen that fails. */
const PATIENCE_MS = 60_000

/** How often is looked whether another's run has ended. */
const LOOK_MS = 200

/** The same for a run that this process does, which another has only after this one stood still. */
const ELSEWHERE_MS = 2_000

/**
 * Runs a rule and waits for its end, as `runImmediately` of `src/rules.ts` says.
 *
 * @param own A kitchen in memory: for the tasks, and for the run when no other has to know of it.
 */
export async function runInKitchen(request: RunRequest, own: KitchenParts): Promise<RunOutcome> {
  const { threads: size = availableParallelism(), memoryBytes = MEMORY_BYTES, signal } = request
  if (request.engine !== undefined) checkEngineChoice(request.engine)
  checkWhole('threads', size, 1, 64)
  checkWhole('memoryBytes', memoryBytes, 64 * 1024 * 1024, Number.MAX_SAFE_INTEGER)
  checkWhole('patienceMs', request.patienceMs ?? PATIENCE_MS, 0, 86_400_000)
  await using threads = new RuleThreads({ size, memoryBytes, isOneRun: true })
  signal?.throwIfAborted()
  const version = await ruleVersion(request.address)
  const order = { address: request.address, version, task: { kind: 'facts' as const } }
  const finding = threads.run(order, signal === undefined ? {} : { signal })
  // Where no thread can be made, a task says so.
  void makeReady(threads, order, request).catch(() => {})
  const facts = await finding
  checkKeyset(facts, request.keyset)
  // Its plan would say so, too; but a run that failed keeps daemons from the rule for a while.
  const { name, alwaysRows: reason = null } = facts
  if (request.engine === 'groups' && reason !== null) throw noGroups(name, reason)
  return await new ImmediateRun(request, { threads, facts, own }).do()
}

/** While one thread finds out what the rule is, others get ready for files that are large. */
async function makeReady(
  threads: RuleThreads,
  order: Omit<ThreadOrder, 'task'>,
  { files = [] }: RunRequest,
): Promise<void> {
  let bytes = 0
  // What is wrong with a file, the plan tells.
  for (const file of files) bytes += (await stat(file).catch(() => null))?.size ?? 0
  threads.makeReady(order, bytes)
}

function checkKeyset({ name, keysets }: RuleFacts, keyset: string | undefined): void {
  if (keyset === undefined || keysets.includes(keyset)) return
  const meant = closest(keyset, keysets)
  throw new RuleError('rule', `rule ${name} has no keyset ${keyset}`, {
    hint: meant === undefined ? `It has ${keysets.join(', ')}.` : `Did you mean ${meant}?`,
  })
}

interface Surroundings {
  readonly threads: RuleThreads
  readonly facts: RuleFacts
  readonly own: KitchenParts
}

/** What a run made, under names that stay when its folder goes. */
interface Kept {
  readonly made: RunMade
  readonly kept: KeptResults
  readonly texts: ReadonlyMap<string, string>
}

/** A result of more rows is no longer written twice in passing. */
const TEXT_ROWS_MAX = 100_000

type Chosen = Pick<RunRequest, 'blobs' | 'choice'>

/** Whether it, or a rule that feeds it, counts each blob once. */
const archives = ({ archive, sources }: RuleFacts): boolean => archive || sources.some(archives)

/** How the run ended, by its event. */
type LastEvent = Extract<RunEvent, { kind: 'done' | 'retry' | 'failed' }>

/** One run that a person waits for. */
class ImmediateRun {
  readonly #request: RunRequest
  readonly #facts: RuleFacts
  readonly #threads: RuleThreads
  readonly #own: KitchenParts
  readonly #book: KitchenParts
  readonly #startedMs = performance.now()
  #made: Kept | null = null
  /** Made by us, and to be removed. */
  #temporary: string | null = null
  #run = ''

  constructor(request: RunRequest, { threads, facts, own }: Surroundings) {
    const { kitchen, store, blobs = [], archive = true, resultTag = facts.resultTag } = request
    this.#request = request
    this.#facts = facts
    this.#threads = threads
    this.#own = own
    const isKnown = archive && store !== undefined && (blobs.length > 0 || resultTag !== null)
    this.#book = isKnown && kitchen !== undefined ? kitchen.parts : own
  }

  /** Whether nothing is another after it. */
  get #isLook(): boolean {
    const { archive = true, process = true, resultTag = this.#facts.resultTag } = this.#request
    return !(archive && archives(this.#facts)) && resultTag === null && !(process && this.#facts.processor !== null)
  }

  get #patienceMs(): PatienceMs {
    const { patienceMs: ms = PATIENCE_MS } = this.#request
    return { unreachable: ms, busy: ms, full: ms }
  }

  get #rule(): string {
    const { module, rule } = this.#request.address
    return `${moduleName(module)}.${rule}`
  }

  async do(): Promise<RunOutcome> {
    const runsFolder = await this.#runsFolder()
    let isGood = false
    try {
      const last = await this.#start(runsFolder)
      if (last.kind === 'retry' && this.#book === this.#own) {
        isGood = true
        throw await this.#keepForLater(runsFolder, last)
      }
      const outcome = this.#outcome(last, runsFolder)
      if (outcome.folder !== null) await this.#keepTemporary()
      isGood = true
      return outcome
    } finally {
      if (!isGood) await this.#remove()
    }
  }

  async #runsFolder(): Promise<string> {
    const { runsFolder, store } = this.#request
    const given = runsFolder ?? store?.runsFolder
    if (given !== undefined) return given
    this.#temporary = await temporaryFolder('runs')
    return this.#temporary
  }

  async #start(runsFolder: string): Promise<LastEvent> {
    const { address, files = [], keyset, params = {}, engine = 'auto', resume } = this.#request
    const rule = this.#rule
    const kept = resume && (await KeptRun.open(resume, { facts: this.#facts, keyset: keyset ?? null, params }))
    const fixed = {
      ...{ rule, address, files, params, engine, evenPaused: true, isAwaited: true, isLook: this.#isLook },
      isResumed: kept !== undefined,
    }
    for (let chosen: Chosen = this.#request; ; chosen = await this.#chooseAgain(rule, chosen)) {
      // In a kitchen of its own, no other run takes blobs.
      const choice = this.#book === this.#own ? undefined : chosen.choice
      const started = await startRun(this.#book.broker, {
        ...fixed,
        blobs: chosen.blobs ?? [],
        ...(keyset !== undefined && { keyset }),
        ...(choice !== undefined && { expected: choice.version }),
      })
      if (started.kind === 'started') {
        this.#run = started.run
        if (kept !== undefined) {
          const begun = await keptRun(this.#book.broker, { rule, id: started.run })
          const folder = new RunFolder(runsFolder, started.run).attempt(1, begun?.record.version ?? '')
          await kept.putInto(folder)
        }
        return await this.#work(runsFolder, started.run)
      }
      if (started.kind === 'running') await this.#takeOver(runsFolder, rule, started.run)
    }
  }

  /** The blobs of a run that came between are counted. */
  async #chooseAgain(rule: string, { blobs = [], choice }: Chosen): Promise<Chosen> {
    if (choice !== undefined) return choice.again()
    if (blobs.length === 0 || !archives(this.#facts)) return { blobs }
    throw new RuleError('fault', `rule ${rule}: another run came first, which may have counted the same blobs`, {
      hint: 'Run it again: it takes those that are left.',
    })
  }

  /** Does the run of the rule that was left behind by a process that died. @throws RuleError when it is being done elsewhere. */
  async #takeOver(runsFolder: string, rule: string, run: string): Promise<void> {
    const { broker } = this.#book
    if (!(await leftRuns(broker)).includes(run)) {
      throw new RuleError('fault', `rule ${rule} is being run: ${run}`, {
        hint: 'Its blobs are counted once: wait for its end. hob rule history shows it.',
      })
    }
    await this.#work(runsFolder, run)
    for (;;) {
      const kept = await keptRun(broker, { rule, id: run })
      if (kept === undefined) return
      if (hasRunEnded(kept.record)) return this.#request.onTakenOver?.(kept.record)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      this.#request.signal?.throwIfAborted()
    }
  }

  /** Works until a run has ended, here or elsewhere. */
  async #work(runsFolder: string, run: string): Promise<LastEvent> {
    const { signal } = this.#request
    let end: (event: LastEvent) => void = () => {}
    const ended = new Promise<LastEvent>((resolve) => {
      end = resolve
    })
    const leases = new Set<string | null>()
    const means = this.#means(runsFolder, (event) => {
      if (event.kind === 'began') leases.add(event.record.lease)
      if (event.kind === 'progress') this.#request.onProgress?.(event.progress)
      if (isLast(event) && event.record.id === run) end(event)
    })
    const tasks = new Queue(tasksQueue, this.#own).work(taskHandler(means), { concurrency: this.#threads.size })
    const runs = runQueueWorker(this.#book, {
      queue: NOW_QUEUE,
      run: runHandler(means, {
        isOurs: (run) => run === this.#run,
        takes: (rule) => rule === this.#rule,
        ...(signal !== undefined && { signal }),
      }),
      concurrency: 1,
      leaseMs: LEASE_MS,
      name: nodeName(),
      onFault: (error) => this.#request.onFault?.(error),
      patienceMs: this.#patienceMs,
    })
    runs.start()
    const looks = new AbortController()
    let isOver = false
    try {
      const look = this.#endElsewhere(run, leases, looks.signal)
      const last = await Promise.race([ended, runs.finished.then(() => ended), look])
      isOver = true
      return last
    } finally {
      looks.abort()
      await runs.stop(isOver ? {} : { deadlineMs: 0 }).finally(() => tasks.stop({ deadlineMs: 0 }))
    }
  }

  /**
   * A process that was stopped for a while may find that another has ended its run; or that the kitchen is gone, which its tasks wait for.
   *
   * @throws RuleError, or KitchenError, then; nothing before.
   */
  async #endElsewhere(run: string, own: ReadonlySet<string | null>, signal: AbortSignal): Promise<never> {
    const { broker } = this.#book
    const rule = run.slice(0, run.lastIndexOf('@'))
    const patience: Patience = {
      patienceMs: this.#patienceMs,
      onFault: (error) => this.#request.onFault?.(error),
      onAnswer: () => {},
      signal,
    }
    for (;;) {
      await sleep(ELSEWHERE_MS, undefined, { signal, ref: false })
      const kept = await withPatience(() => keptRun(broker, { rule, id: run }), patience)
      // Its own end is told in a moment.
      if (kept === undefined || !hasRunEnded(kept.record) || own.has(kept.record.lease)) continue
      throw new RuleError('fault', `another process went on with run ${run}: it is ${kept.record.state}`, {
        hint: 'hob rule history shows it.',
      })
    }
  }

  #means(runsFolder: string, onEvent: (event: RunEvent) => void): RunMeans {
    const { kitchen, store, archive = true, process = true, resultTag, save = false, address } = this.#request
    return {
      book: this.#book.broker,
      label: this.#book.label,
      tags: (kitchen?.parts ?? this.#book).broker,
      tasks: this.#own,
      store: store ?? null,
      runsFolder,
      // Nobody looks for the files of a run that ends with this process.
      isDurable: this.#book !== this.#own || save || this.#facts.save,
      threads: this.#threads,
      addressOf: () => address,
      live: new LiveTasks(),
      onEvent,
      isAwaited: () => true,
      isShown: (run) => run === this.#run,
      processes: process,
      archives: archive && this.#book !== this.#own,
      resultTag: resultTag ?? null,
      keeps: save,
      onMade: async (made, record) => {
        if (record.id !== this.#run) return
        const kept = await keepResults(made.results, made.badFiles)
        this.#made = { made, kept, texts: new Map() }
        this.#made = { made, kept, texts: await this.#texts(kept) }
      },
    }
  }

  /** By a thread that has DuckDB already. Should it not succeed, who shows the result finds out why himself. */
  async #texts({ results, folder }: KeptResults): Promise<ReadonlyMap<string, string>> {
    const { text: format, address, keyset = null, params = {}, signal } = this.#request
    const few = results.filter(({ rowCount }) => rowCount <= TEXT_ROWS_MAX)
    if (format === undefined || few.length === 0) return new Map()
    const order = { address, version: this.#facts.version }
    const task = { kind: 'texts' as const, results: few, format, keyset, params, folder }
    const writing = this.#threads.run({ ...order, task }, signal === undefined ? {} : { signal })
    const files = await writing.catch((): readonly string[] => [])
    return new Map(files.map((file, at) => [few[at]?.keyset ?? '', file]))
  }

  #outcome(last: LastEvent, runsFolder: string): RunOutcome {
    if (last.kind !== 'done' || this.#made === null) throw this.#failure(last)
    const { made, kept, texts } = this.#made
    const isSaved = this.#facts.save || this.#request.save === true
    return {
      run: this.#run,
      results: kept.results,
      texts,
      counters: made.counters,
      engines: made.engines ?? [],
      approximate: approximateColumns(made.facts, this.#request.keyset ?? null),
      badRows: made.badRows,
      badFiles: kept.badFiles,
      archived: last.archived,
      resultTags: last.written,
      folder: isSaved ? join(runsFolder, this.#run) : null,
      processor: this.#request.process === false ? null : made.facts.processor,
      ranMs: Math.round(performance.now() - this.#startedMs),
      [Symbol.asyncDispose]: async () => {
        await rm(kept.folder, { recursive: true, force: true })
        if (!isSaved) await this.#remove()
      },
    }
  }

  /** The result stands, and nobody but the caller knows of it: it is kept for him. */
  async #keepForLater(runsFolder: string, { record, cause }: LastEvent & { kind: 'retry' }): Promise<unknown> {
    if (this.#request.signal?.aborted) {
      await this.#remove()
      return this.#request.signal.reason
    }
    const folder = new RunFolder(runsFolder, record.id)
    await folder.keep()
    await this.#keepTemporary()
    return new RuleError('warehouse', cause instanceof Error ? cause.message : String(record.error), {
      hint: `The result is kept: give --process-results ${fromHere(folder.path)} to write it later.`,
      cause,
    })
  }

  /** What the caller is told: his own wish to stop, or why it failed. */
  #failure(last: LastEvent): unknown {
    const { signal } = this.#request
    if (signal?.aborted) return signal.reason
    const cause = last.kind === 'done' ? undefined : last.cause
    if (cause instanceof Error && !(last.kind === 'retry' && this.#book !== this.#own)) return cause
    const text = last.record.error ?? 'it ended without a result'
    return new RuleError('warehouse', text, {
      hint: 'The result is kept, and written when it can be: by a rules daemon, or the next run of the rule.',
      cause,
    })
  }

  async #keepTemporary(): Promise<void> {
    if (this.#temporary !== null) await keepTemporary(this.#temporary)
  }

  async #remove(): Promise<void> {
    if (this.#made !== null) await rm(this.#made.kept.folder, { recursive: true, force: true })
    if (this.#temporary !== null) await rm(this.#temporary, { recursive: true, force: true, maxRetries: 3 })
    else if (this.#book === this.#own && this.#run !== '') await this.#removeOwn()
  }

  /** A run that only this process knew leaves nothing, unless it is to be kept. */
  async #removeOwn(): Promise<void> {
    const { runsFolder, store } = this.#request
    const folder = new RunFolder(runsFolder ?? store?.runsFolder ?? '', this.#run)
    if (!(await folder.isKept())) await folder.remove()
  }
}

const isLast = (event: RunEvent): event is LastEvent =>
  event.kind === 'done' || event.kind === 'retry' || event.kind === 'failed'
