import { joinStore } from '../../blob/kitchen-id.js'
import type { Outcome, Settle, TakenJob } from '../../broker/job-store.js'
import { HobError, KitchenError, RuleError } from '../../core/errors.js'
import type { StopSignal } from '../../queue/stop-signal.js'
import type { RuleAddress } from '../map-output.js'
import { hasVersion, ruleVersion } from '../rule-version.js'
import { forgetOldRuns } from '../run-history.js'
import type { RunRecord } from '../run-record.js'
import { approximateColumns } from './rule-facts.js'
import type { HeldRun } from './run-book.js'
import { type AttemptFolder, RunFolder } from './run-folder.js'
import type { RunMade } from './run-made.js'
import type { RunMeans } from './run-means.js'
import { RunMeter } from './run-meter.js'
import { callOnce, doStage } from './run-stage.js'
import { archiveChanges, rejectedChanges, resultChanges, type TagChanges, together } from './run-tags.js'
import { storeNowMs } from './store-now.js'
import { address } from './task-job.js'
import type { RuleFacts } from './thread-task.js'

/** A rule that is edited again and again while it runs has failed. */
const CHANGES_MAX = 20

/** A write that failed, and a rule that does not load, is tried again after 1 s, 2 s, 4 s … and at last every ten minutes. */
const SOON_MS_MAX = 600_000

/** A rule that does not load, or is gone, has been tried so often after a day. */
const UNCOUNTED_MAX = 150

/** What a rule is tried again by that its processes died with before it could say. */
const UNKNOWN: Pick<RuleFacts, 'retryLimit' | 'retryDelayMs' | 'save'> = {
  retryLimit: 2,
  retryDelayMs: 3_600_000,
  save: false,
}

/** How an attempt at a run's job ended: its end is in the kitchen already; or the job goes back, untouched. */
export type WorkEnd = 'settled' | 'released'

/** What an attempt at the job of a run has. */
export interface RunInHand {
  readonly held: HeldRun
  readonly job: TakenJob
  readonly stop: StopSignal
}

/** To go on with it would archive blobs whose counts nobody ever sees. */
class ForNobody extends RuleError {
  constructor() {
    super('fault', 'the process that was to print its result died')
  }
}

/** Works at one run, from where it stands to its end, or as far as it comes. */
export class RunWork {
  readonly #means: RunMeans
  readonly #held: HeldRun
  readonly #job: TakenJob
  readonly #stop: StopSignal
  readonly #folder: RunFolder
  #facts: RuleFacts | null = null
  #isLoading = false

  constructor(means: RunMeans, { held, job, stop }: RunInHand) {
    this.#means = means
    this.#held = held
    this.#job = job
    this.#stop = stop
    this.#folder = new RunFolder(means.runsFolder, held.record.id, means.isDurable)
  }

  get #record(): RunRecord {
    return this.#held.record
  }

  /** @throws KitchenError when the kitchen fails: then nothing is decided. */
  async do(): Promise<WorkEnd> {
    try {
      const made = await this.#compute()
      if (made === undefined) return 'released'
      this.#checkUse(made.facts)
      return await this.#save(made)
    } catch (error) {
      if (error instanceof KitchenError) throw error
      if (error instanceof ForNobody) return this.#giveUp(error.message, { cause: error, save: false })
      return this.failed(error)
    }
  }

  /** @throws ForNobody */
  #checkUse({ processor, resultTag }: RuleFacts): void {
    const { isAwaited, isShown, processes } = this.#means
    const { id, queue } = this.#record
    const isWritten = (processor !== null && processes) || (this.#means.resultTag ?? resultTag) !== null
    if (isAwaited(queue) && !isShown(id) && !isWritten) throw new ForNobody()
  }

  /** The attempt has failed: it is tried again later, or the run is given up. Never once it is being saved. One whose rule does not load rests. */
  async failed(error: unknown): Promise<WorkEnd> {
    const { reason } = this.#stop
    if (reason === 'lease lost' || reason === 'stopped') return 'released'
    const { attempt, uncounted = 0, queue, rowsOut } = this.#record
    const text = reason === 'cancelled' ? `cancelled: ${this.#stop.why}` : textOf(error)
    // It was being saved once, even if it is being made again since: some of it may be in the warehouse.
    if (rowsOut !== null) return this.#saveAgain(text, error)
    await this.#cleanUp()
    const { retryLimit, retryDelayMs, save } = this.#facts ?? UNKNOWN
    const isFinal = reason === 'cancelled' || this.#means.isAwaited(queue)
    if (this.#isLoading && !isFinal && uncounted < UNCOUNTED_MAX) return this.#rest(text, error)
    if (isFinal || this.#isLoading || attempt - uncounted > retryLimit)
      return this.#giveUp(text, { cause: error, save })
    return this.#later({ state: 'waiting', error: text }, { inMs: retryDelayMs, save, cause: error })
  }

  /** Makes the results, unless they stand. Undefined: another has the run by now. */
  async #compute(): Promise<RunMade | undefined> {
    if (this.#record.state === 'waiting') {
      const { attempt } = this.#record
      if (!(await this.#held.change({ state: 'working', attempt: attempt + 1, retryMs: null }))) return undefined
    }
    if (this.#record.state === 'saving') {
      const made = await this.#attempt().made<RunMade>('summary')
      if (made !== undefined) return made
      // Somebody removed its files. Whoever has its result already knows it by its id, so that it may be made again.
      if (!(await this.#held.change({ state: 'working' }))) return undefined
    }
    for (let changes = 0; ; changes++) {
      try {
        return await this.#computeOnce()
      } catch (error) {
        if (!(error instanceof RuleError && error.code === 'changed') || changes === CHANGES_MAX) throw error
        this.#means.onEvent({ kind: 'changed', record: this.#record })
        // Tasks that failed for the edit stay failed, and would be those of this attempt when the edit is taken back.
        const { attempt, uncounted = 0 } = this.#record
        if (!(await this.#held.change({ attempt: attempt + 1, uncounted: uncounted + 1 }))) return undefined
      }
    }
  }

  /** @throws RuleError `changed` when the rule is another at the end than at the beginning. */
  async #computeOnce(): Promise<RunMade | undefined> {
    const means = this.#means
    const root = means.addressOf(this.#record)
    this.#isLoading = true
    const version = await ruleVersion(root)
    if (version !== this.#record.version && !(await this.#held.change({ version }))) return undefined
    const record = this.#record
    const folder = this.#attempt()
    await this.#folder.removeOthers(folder, () => this.#held.isOurs())
    const { signal } = this.#stop
    const order = { ...address(means, record, ''), task: { kind: 'facts' as const } }
    const facts = await means.threads.run(order, { signal })
    this.#isLoading = false
    this.#facts = facts
    this.#checkUse(facts)
    if (facts.save || means.keeps) await this.#folder.keep()
    using meter = new RunMeter(record.id, means.live, (progress) =>
      means.onEvent({ kind: 'progress', record, progress }),
    )
    const made = await folder.make<RunMade>('summary', async () => ({
      ...(await doStage({ means, record, folder, signal, ...meter.scope }, '', facts)),
      facts,
    }))
    if (!(await hasVersion(root, version))) throw new RuleError('changed', `rule ${record.rule} was changed`)
    const rowsOut = Object.fromEntries(made.results.map(({ keyset, rowCount }) => [keyset, rowCount]))
    const approximate = approximateColumns(facts, record.keyset)
    const isOurs = await this.#held.change({
      ...{ state: 'saving', counters: made.counters, rowsOut, error: null },
      ...(made.engines !== undefined && { engines: made.engines }),
      ...(approximate.length > 0 && { approximate }),
    })
    return isOurs ? made : undefined
  }

  /** Gives the results to the processor, and ends the run together with what it archives. */
  async #save(made: RunMade): Promise<WorkEnd> {
    const { facts } = made
    this.#facts = facts
    // Its processor may be the user's own, which writes twice what it is given twice.
    if (!(await this.#held.isOurs())) return 'released'
    this.#means.onEvent({ kind: 'saving', record: this.#record, processor: facts.processor })
    if (facts.processor !== null && this.#means.processes) await this.#process(made)
    const tags = await this.#tagChanges(made)
    await this.#means.onMade?.(made, this.#record)
    await this.#cleanUp()
    if (this.#stop.reason === 'lease lost' || this.#stop.reason === 'stopped') return 'released'
    const ended = { state: 'done', endedMs: await this.#nowMs(), retryMs: null, error: null } as const
    if (!(await this.#held.end(ended, this.#settle({ kind: 'done' }), tags.puts))) return 'released'
    await this.#tidy(facts.save)
    const { archived, written } = tags
    this.#means.onEvent({ kind: 'done', record: this.#record, archived, written })
    return 'settled'
  }

  /** By the rule as it is now: who mends its processor mends the run. */
  async #process({ results, facts }: RunMade): Promise<void> {
    const { id, rule, keyset, params } = this.#record
    const order = await this.#asItIs()
    await this.#attempt().scratch(async (folder) => {
      const task = { kind: 'save' as const, results, run: id, rule, keyset, params, folder }
      await this.#means.threads.run({ ...order, task }, { signal: this.#stop.signal, stallMs: facts.stallMs })
    })
  }

  /** The rule's address, and the version that it has now. */
  async #asItIs(): Promise<{ readonly address: RuleAddress; readonly version: string }> {
    const root = this.#means.addressOf(this.#record)
    return { address: root, version: await ruleVersion(root) }
  }

  async #tagChanges(made: RunMade): Promise<TagChanges> {
    const { store, book, label, archives } = this.#means
    if (store === null || !archives) return together([])
    const place = { store, book, nowMs: await this.#nowMs() }
    const record = this.#record
    const { facts, results, badFiles } = made
    const tag = this.#means.resultTag ?? facts.resultTag
    // Before anything is stored: a collection by another kitchen must know that there are blobs that it does not know.
    if (tag !== null || badFiles.length > 0) await joinStore(book, store, label)
    return this.#attempt().scratch(async (folder) => {
      const changes = [
        await archiveChanges(place, record, facts),
        await rejectedChanges(place, record, { badFiles, folder }),
      ]
      if (tag !== null) {
        const { keyset, params } = record
        const order = await this.#asItIs()
        const task = { kind: 'texts' as const, format: 'jsonl' as const, results, keyset, params, folder }
        const files = await this.#means.threads.run({ ...order, task }, { signal: this.#stop.signal })
        changes.push(await resultChanges(place, record, { facts, files, tag }))
      }
      return together(changes)
    })
  }

  async #saveAgain(error: string, cause: unknown): Promise<WorkEnd> {
    return this.#later({ error }, { inMs: this.#soonMs(), save: true, cause })
  }

  /** Without a version, so that any that loads is another. What is left of the attempt, the next one removes. */
  async #rest(error: string, cause: unknown): Promise<WorkEnd> {
    const uncounted = (this.#record.uncounted ?? 0) + 1
    const changes = { state: 'waiting', version: '', uncounted, error } as const
    return this.#later(changes, { inMs: this.#soonMs(), save: true, cause })
  }

  #soonMs(): number {
    return Math.min(SOON_MS_MAX, 1_000 * 2 ** Math.min(this.#job.failures, 20))
  }

  async #later(
    changes: Partial<RunRecord>,
    { inMs, save, cause }: { readonly inMs: number; readonly save: boolean; readonly cause: unknown },
  ): Promise<WorkEnd> {
    const error = changes.error ?? ''
    const outcome: Outcome = { kind: 'retry', inMs, error }
    const retryMs = (await this.#nowMs()) + inMs
    const isOurs = await this.#held.settle({ ...changes, retryMs }, this.#settle(outcome))
    if (!isOurs) return 'released'
    if (!save) await this.#attempt().remove()
    this.#means.onEvent({ kind: 'retry', record: this.#record, cause })
    return 'settled'
  }

  async #giveUp(error: string, { cause, save }: { readonly cause: unknown; readonly save: boolean }): Promise<WorkEnd> {
    const ended = { state: 'failed', endedMs: await this.#nowMs(), retryMs: null, error } as const
    if (!(await this.#held.end(ended, this.#settle({ kind: 'error', error }), []))) return 'released'
    await this.#tidy(save)
    this.#means.onEvent({ kind: 'failed', record: this.#record, cause })
    return 'settled'
  }

  /** Called also after a crash that came behind it: once at least. What it throws changes nothing of the run. */
  async #cleanUp(): Promise<void> {
    const facts = this.#facts
    if (facts === null) return
    const scope = {
      means: this.#means,
      record: this.#record,
      folder: this.#attempt(),
      signal: new AbortController().signal,
    }
    try {
      for (const [source, each] of withSources(facts))
        await callOnce(scope, source, { facts: each, call: 'ruleCleanup' })
    } catch (error) {
      this.#means.onEvent({ kind: 'trouble', record: this.#record, error })
    }
  }

  /** Of a run that has ended. What is left here when something fails, the end of the next run or a look of the worker removes. */
  async #tidy(save: boolean): Promise<void> {
    if (!save && !(await this.#folder.isKept())) await this.#folder.remove()
    await forgetOldRuns(this.#means.book, this.#record.rule).catch((error) =>
      this.#means.onEvent({ kind: 'trouble', record: this.#record, error }),
    )
  }

  #nowMs(): Promise<number> {
    return storeNowMs(this.#means.book)
  }

  #attempt(): AttemptFolder {
    const { attempt, version } = this.#record
    return this.#folder.attempt(attempt, version)
  }

  #settle(outcome: Outcome): Settle {
    return { job: this.#job.id, lease: this.#job.lease, outcome }
  }
}

/** A rule and all that feed it, by their places below it. */
const withSources = (facts: RuleFacts, place = ''): readonly (readonly [place: string, facts: RuleFacts])[] => [
  [place, facts],
  ...facts.sources.flatMap((each) => withSources(each, place === '' ? each.name : `${place}/${each.name}`)),
]

/** One line for the record, with what to do. */
function textOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error))
  const hint = error instanceof HobError && error.hint !== undefined ? ` ${error.hint}` : ''
  return `${message}${hint === '' ? '' : `.${hint}`}`.slice(0, 4_000)
}
