import { rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { checkWhole } from '../../broker/arguments.js'
import { closest } from '../../core/closest.js'
import { formatDuration } from '../../core/duration.js'
import { RuleError } from '../../core/errors.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import { checkEngineChoice } from '../groups/engine-choice.js'
import { noGroups } from '../groups/why-never.js'
import { fromHere } from '../import-module.js'
import { moduleName } from '../load-module.js'
import { ruleVersion } from '../rule-version.js'
import type { RunRecord } from '../run-record.js'
import { doAwaited, type LastEvent } from './awaited-run.js'
import { type KeptResults, keepResults } from './kept-results.js'
import { KeptRun } from './kept-run.js'
import { approximateColumns } from './rule-facts.js'
import { RuleThreads } from './rule-threads.js'
import { keptRun } from './run-book.js'
import { leftRuns, tryNow } from './run-care.js'
import { RunFolder } from './run-folder.js'
import type { RunMade } from './run-made.js'
import { LiveTasks, type RunMeans } from './run-means.js'
import { NOW_QUEUE } from './run-payload.js'
import type { RunOutcome, RunRequest } from './run-request.js'
import { MEMORY_BYTES } from './run-worker.js'
import { RunsPlace } from './runs-place.js'
import { startRun } from './start-run.js'
import { storeNowMs } from './store-now.js'
import type { RuleFacts, ThreadOrder } from './thread-task.js'

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
  if (request.patienceMs !== undefined) checkWhole('patienceMs', request.patienceMs, 0, 86_400_000)
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
  return await new ImmediateRun(request, { threads, facts, own, place: await RunsPlace.of(request) }).do()
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
  readonly place: RunsPlace
}

/** A result of more rows is no longer written twice in passing. */
const TEXT_ROWS_MAX = 100_000

type Chosen = Pick<RunRequest, 'blobs' | 'choice'>

/** Whether it, or a rule that feeds it, counts each blob once. */
const archives = ({ archive, sources }: RuleFacts): boolean => archive || sources.some(archives)

/** One run that a person waits for. */
class ImmediateRun {
  readonly #request: RunRequest
  readonly #facts: RuleFacts
  readonly #threads: RuleThreads
  readonly #own: KitchenParts
  readonly #book: KitchenParts
  readonly #place: RunsPlace
  readonly #rule: string
  readonly #startedMs = performance.now()
  #run = ''
  #made: RunMade | null = null
  /** What the run made, under names that stay when its folder goes. */
  #kept: KeptResults | null = null
  #texts: ReadonlyMap<string, string> = new Map()

  constructor(request: RunRequest, { threads, facts, own, place }: Surroundings) {
    const { address, kitchen, store, blobs = [], archive = true, resultTag = facts.resultTag } = request
    this.#request = request
    this.#facts = facts
    this.#threads = threads
    this.#own = own
    this.#place = place
    this.#rule = `${moduleName(address.module)}.${address.rule}`
    const isKnown = archive && store !== undefined && (blobs.length > 0 || resultTag !== null)
    this.#book = isKnown && kitchen !== undefined ? kitchen.parts : own
  }

  /** Whether nobody else knows of the run. */
  get #isOwn(): boolean {
    return this.#book === this.#own
  }

  /** Whether nothing is another after it. */
  get #isLook(): boolean {
    const { archive = true, process = true, resultTag = this.#facts.resultTag } = this.#request
    return !(archive && archives(this.#facts)) && resultTag === null && !(process && this.#facts.processor !== null)
  }

  async do(): Promise<RunOutcome> {
    try {
      const last = await this.#start()
      if (last.kind !== 'done' || this.#made === null || this.#kept === null) throw await this.#failure(last)
      return await this.#outcome(last, this.#made, this.#kept)
    } catch (error) {
      await this.#remove()
      throw error
    }
  }

  async #start(): Promise<LastEvent> {
    const { address, files = [], keyset, params = {}, engine = 'auto', resume } = this.#request
    const rule = this.#rule
    const kept = resume && (await KeptRun.open(resume, { facts: this.#facts, keyset: keyset ?? null, params }))
    const fixed = {
      rule,
      address,
      files,
      params,
      engine,
      evenPaused: true,
      // One that leaves the processor out must not take the place of one that is to write.
      evenWaiting: !this.#isLook || this.#facts.processor === null,
      isAwaited: true,
      isLook: this.#isLook,
      isResumed: kept !== undefined,
    }
    for (let chosen: Chosen = this.#request; ; chosen = await this.#chooseAgain(chosen)) {
      // In a kitchen of its own, no other run takes blobs.
      const choice = this.#isOwn ? undefined : chosen.choice
      const started = await startRun(this.#book.broker, {
        ...fixed,
        blobs: chosen.blobs ?? [],
        ...(keyset !== undefined && { keyset }),
        ...(choice !== undefined && { expected: choice.version }),
      })
      if (started.kind === 'started') {
        this.#run = started.run
        if (started.insteadOf !== undefined) this.#request.onTakenOver?.(started.insteadOf)
        if (kept !== undefined) {
          const begun = await keptRun(this.#book.broker, { rule, id: started.run })
          await kept.putInto(new RunFolder(this.#place.folder, started.run).attempt(1, begun?.record.version ?? ''))
        }
        return await this.#work(started.run)
      }
      if (started.kind === 'running') await this.#takeOver(started.run)
    }
  }

  /** The blobs of a run that came between are counted. */
  async #chooseAgain({ blobs = [], choice }: Chosen): Promise<Chosen> {
    if (choice !== undefined) return choice.again()
    if (blobs.length === 0 || !archives(this.#facts)) return { blobs }
    throw new RuleError('fault', `rule ${this.#rule}: another run came first, which may have counted the same blobs`, {
      hint: 'Run it again: it takes those that are left.',
    })
  }

  /** Does the run of the rule that was left behind by a process that died. @throws RuleError when it is being done elsewhere, or cannot be saved. */
  async #takeOver(run: string): Promise<void> {
    const { broker } = this.#book
    const open = (await keptRun(broker, { rule: this.#rule, id: run }))?.record
    // Whoever waited for it was told that the next run writes its result.
    if (open?.queue === NOW_QUEUE) await tryNow(broker, open)
    if (!(await leftRuns(broker)).includes(run)) throw busy(this.#rule, { run, open, nowMs: await storeNowMs(broker) })
    const last = await this.#work(run)
    if (last.kind === 'retry') throw await this.#failure(last)
    this.#request.onTakenOver?.(last.record)
    this.#request.signal?.throwIfAborted()
  }

  #work(run: string): Promise<LastEvent> {
    const isOurs = run === this.#run
    return doAwaited({
      ...{ rule: this.#rule, run, isOurs, book: this.#book, request: this.#request },
      means: this.#means(isOurs ? run : null),
    })
  }

  /** @param shown The run whose result is for the caller; null: none that is done now. */
  #means(shown: string | null): Omit<RunMeans, 'onEvent'> {
    const { kitchen, store, archive = true, process = true, resultTag, save = false, address } = this.#request
    return {
      book: this.#book.broker,
      label: this.#book.label,
      tags: (kitchen?.parts ?? this.#book).broker,
      tasks: this.#own,
      store: store ?? null,
      runsFolder: this.#place.folder,
      // Nobody looks for the files of a run that ends with this process.
      isDurable: !this.#isOwn || save || this.#facts.save,
      threads: this.#threads,
      addressOf: () => address,
      live: new LiveTasks(),
      isAwaited: () => true,
      isShown: (run) => run === shown,
      processes: process,
      archives: archive && !this.#isOwn,
      resultTag: resultTag ?? null,
      keeps: save,
      onMade: async (made, record) => {
        if (record.id !== shown) return
        this.#made = made
        this.#kept = await keepResults(made.results, made.badFiles)
        this.#texts = await this.#textsOf(this.#kept)
      },
    }
  }

  /** By a thread that has DuckDB already. Should it not succeed, who shows the result finds out why himself. */
  async #textsOf({ results, folder }: KeptResults): Promise<ReadonlyMap<string, string>> {
    const { text: format, address, keyset = null, params = {}, signal } = this.#request
    const few = results.filter(({ rowCount }) => rowCount <= TEXT_ROWS_MAX)
    if (format === undefined || few.length === 0) return new Map()
    const order = { address, version: this.#facts.version }
    const task = { kind: 'texts' as const, results: few, format, keyset, params, folder }
    const writing = this.#threads.run({ ...order, task }, signal === undefined ? {} : { signal })
    const files = await writing.catch((): readonly string[] => [])
    return new Map(files.map((file, at) => [few[at]?.keyset ?? '', file]))
  }

  async #outcome(
    { archived, written }: LastEvent & { kind: 'done' },
    made: RunMade,
    kept: KeptResults,
  ): Promise<RunOutcome> {
    const isSaved = this.#facts.save || this.#request.save === true
    if (isSaved) await this.#place.keep()
    return {
      run: this.#run,
      results: kept.results,
      texts: this.#texts,
      counters: made.counters,
      engines: made.engines ?? [],
      approximate: approximateColumns(made.facts, this.#request.keyset ?? null),
      badRows: made.badRows,
      badFiles: kept.badFiles,
      archived,
      resultTags: written,
      folder: isSaved ? join(this.#place.folder, this.#run) : null,
      processor: this.#request.process === false ? null : made.facts.processor,
      ranMs: Math.round(performance.now() - this.#startedMs),
      [Symbol.asyncDispose]: () => this.#remove(),
    }
  }

  /** What the caller is told: his own wish to stop, or why it failed. A result that could not be written is kept. */
  async #failure(last: LastEvent): Promise<unknown> {
    const { signal } = this.#request
    if (signal?.aborted) return signal.reason
    const cause = last.kind === 'done' ? undefined : last.cause
    if (last.kind === 'failed' && cause instanceof Error) return cause
    if (last.kind === 'retry' && this.#isOwn) {
      const folder = new RunFolder(this.#place.folder, last.record.id)
      await folder.keep()
      await this.#place.keep()
      return new RuleError('warehouse', cause instanceof Error ? cause.message : String(last.record.error), {
        hint: `The result is kept: give --process-results ${fromHere(folder.path)} to write it later.`,
        cause,
      })
    }
    return new RuleError('warehouse', last.record.error ?? 'it ended without a result', {
      hint: 'The result is kept, and written when it can be: by a rules daemon, or the next run of the rule.',
      cause,
    })
  }

  async #remove(): Promise<void> {
    if (this.#kept !== null) await rm(this.#kept.folder, { recursive: true, force: true })
    if (this.#isOwn) await this.#place.remove(this.#run)
  }
}

/** What is told when another run of the rule must end first. */
function busy(
  rule: string,
  { run, open, nowMs }: { readonly run: string; readonly open: RunRecord | undefined; readonly nowMs: number },
): RuleError {
  const waitMs = (open?.retryMs ?? 0) - nowMs
  if (waitMs > 0) {
    const what = open?.rowsOut === null ? 'try' : 'write its result'
    return new RuleError('fault', `${run} waits to ${what} again in ${formatDuration(waitMs)}: ${open?.error}`, {
      hint: `hob rule resume ${rule} lets a rules daemon do so at once; its blobs are counted once.`,
    })
  }
  return new RuleError('fault', `rule ${rule} is being run: ${run}`, {
    hint: 'Its blobs are counted once: wait for its end. hob rule history shows it.',
  })
}
