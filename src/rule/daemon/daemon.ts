import type { BlobStore } from '../../blob/blob-store.js'
import { plural } from '../../core/count.js'
import { messageOf, RuleError } from '../../core/errors.js'
import { Announcement } from '../../queue/announcement.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import { nodeName, nodeRecord } from '../../queue/node.js'
import { notify } from '../notify/notify.js'
import type { NotifyOptions } from '../notify/notify-options.js'
import { hasVersion } from '../rule-version.js'
import { tryNow } from '../run/run-care.js'
import type { RunEvent } from '../run/run-events.js'
import { RunWorker } from '../run/run-worker.js'
import { startRun } from '../run/start-run.js'
import type { RunRecord } from '../run-record.js'
import type { DaemonEvent } from './daemon-event.js'
import { Pacer } from './pacer.js'
import type { LoadedRule, LoadedRules } from './rules-folder.js'
import { RulesWatch } from './rules-watch.js'
import { type Standing, standingOf } from './standing.js'
import { ThreadModules } from './thread-modules.js'
import { tellWhy } from './why.js'

/** How a daemon of rules runs. */
export interface RulesDaemonOptions {
  /** The folder of the modules. */
  readonly folder: string
  /** Where blobs are; intermediate files go there too. */
  readonly store: BlobStore
  /** Runs at once, 1 to 100; 4 unless given. */
  readonly runs?: number
  /** Tasks of all runs at once; as many as the machine has cores unless given. */
  readonly threads?: number
  /** What all threads may hold together; 512 MiB unless given. */
  readonly memoryBytes?: number
  /** Begins no run; works those that others begin. False unless given. */
  readonly isPaused?: boolean
  /** Who it is, as `hob nodes` names it; host/pid unless given. */
  readonly name?: string
  /** The mail server, and where others are than usual; of the environment unless given. */
  readonly notify?: NotifyOptions
  /** Called at once, and shall not throw. */
  readonly onEvent?: (event: DaemonEvent) => void
}

/**
 * Runs the rules of a folder by themselves, as their blobs come and their times do: woken by changes of tags and rules, and by a timer
 * for the next time that one is due. Any number may run on one kitchen: of all that find a rule ready, one begins its run.
 *
 * @example
 * const daemon = new RulesDaemon(kitchen, { folder: 'rules', store: await openBlobStore('file:blobs') })
 * await daemon.start()
 */
export class RulesDaemon implements AsyncDisposable {
  readonly #kitchen: { readonly parts: KitchenParts }
  readonly #options: RulesDaemonOptions
  readonly #worker: RunWorker
  readonly #watch: RulesWatch
  readonly #modules = new ThreadModules()
  readonly #pacer: Pacer
  readonly #announcement: Announcement
  readonly #figures = { done: 0, failed: 0, message: '' }
  readonly #told = new Map<string, string>()
  /** Rules whose runs this process works: why they do not start is told when those have ended, so that the log is in order. */
  readonly #worked = new Set<string>()
  /** Runs whose first failure was told to people. */
  readonly #noticed = new Set<string>()
  readonly #notices = new Set<Promise<void>>()
  /** Runs that waited since the rules were loaded last, and were looked at for whether they still must. */
  readonly #waited = new Set<string>()
  #rules: ReadonlyMap<string, LoadedRule> = new Map()
  #endWatches: readonly (() => void)[] = []
  #sinceMs = 0
  #fault = ''
  #stopping: Promise<void> | null = null

  constructor(kitchen: { readonly parts: KitchenParts }, options: RulesDaemonOptions) {
    this.#kitchen = kitchen
    this.#options = options
    const { folder, store, runs, threads, memoryBytes, name = nodeName() } = options
    const onFault = (error: unknown): void => this.#failed(error)
    this.#worker = new RunWorker(kitchen, {
      store,
      name,
      addressOf: (id) => this.#addressOf(id),
      onEvent: (event) => this.#ran(event),
      onFault,
      ...(runs !== undefined && { runs }),
      ...(threads !== undefined && { threads }),
      ...(memoryBytes !== undefined && { memoryBytes }),
    })
    this.#watch = new RulesWatch(folder, this.#modules, { onRules: (rules) => this.#loaded(rules), onFault })
    this.#pacer = new Pacer(() => this.#look(), onFault)
    // Whoever could not tell that it is there tells so a second later.
    const record = nodeRecord({ name, role: 'rules', queue: '', concurrency: 0 }, this.#figures, 'rules')
    this.#announcement = new Announcement(kitchen.parts.broker, record, () => {})
  }

  /**
   * Loads the rules and begins. Once.
   *
   * @throws NodeJS.ErrnoException when the folder cannot be read. KitchenError when the store fails.
   */
  async start(): Promise<void> {
    const { broker, clock } = this.#kitchen.parts
    this.#sinceMs = await clock.nowMs()
    await this.#watch.start()
    if (this.#stopping !== null) return
    this.#announcement.start()
    this.#worker.start()
    const wake = (): void => this.#pacer.wake()
    this.#endWatches = [broker.watch('tag', wake), broker.watch('rule', wake)]
    this.#pacer.wake()
  }

  /** Begins no more and waits for the runs that it works; after `deadlineMs` (none unless given) they are given back, to be gone on with elsewhere. Safe twice, and before `start`. */
  stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    const isFirst = this.#stopping === null
    const worker = this.#worker.stop(options)
    this.#stopping ??= this.#end(worker)
    return isFirst ? this.#stopping : Promise.all([worker, this.#stopping]).then(() => {})
  }

  /** Resolves when it has stopped. @throws What the kitchen failed with for good. */
  async finished(): Promise<void> {
    await this.#worker.finished
    await this.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #end(worker: Promise<void>): Promise<void> {
    this.#watch.stop()
    for (const end of this.#endWatches) end()
    await this.#pacer.stop()
    this.#modules.forget()
    await worker
    await Promise.all(this.#notices)
    await this.#announcement.stop()
  }

  #tell(event: DaemonEvent): void {
    this.#options.onEvent?.(event)
  }

  /** A trouble that lasts is told once. */
  #failed(error: unknown): void {
    const message = messageOf(error)
    if (message !== this.#fault) this.#tell({ kind: 'fault', error })
    this.#fault = message
  }

  #loaded({ rules, faults }: LoadedRules): void {
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]))
    this.#figures.message = plural(rules.length, 'rule')
    this.#tell({ kind: 'loaded', rules: rules.map(({ id }) => id), faults })
    for (const id of this.#told.keys()) if (!this.#rules.has(id)) this.#told.delete(id)
    this.#waited.clear()
    this.#pacer.wake()
  }

  #addressOf(id: string): { readonly module: string; readonly rule: string } | undefined {
    const rule = this.#rules.get(id)
    return rule && { module: rule.module, rule: rule.definition.name }
  }

  /** Looks at each rule, and begins those that are ready. Answers in how many milliseconds one will be. */
  async #look(): Promise<number | null> {
    const { broker, clock } = this.#kitchen.parts
    const nexts: number[] = []
    for (const rule of this.#rules.values()) {
      if (rule.definition.options.run === false) continue
      const nowMs = await clock.nowMs()
      const standing = await standingOf(broker, rule, { nowMs, sinceMs: this.#sinceMs })
      if (standing.nextMs !== null) nexts.push(standing.nextMs)
      if (this.#stopping !== null) return null
      await this.#tryAgain(standing)
      if (standing.reasons.length > 0) this.#skipped(standing, nowMs)
      else if (this.#options.isPaused !== true) await this.#tryToBegin(standing)
    }
    this.#fault = ''
    return nexts.length === 0 ? null : Math.max(0, Math.min(...nexts) - (await clock.nowMs()))
  }

  /** A run that waits tries again now when its rule is another than the one that failed: whoever edited that may have mended it. */
  async #tryAgain({ rule: { module, definition }, reasons, lastRun }: Standing): Promise<void> {
    const waiting = reasons.find((reason) => reason.kind === 'waiting')
    if (waiting === undefined || lastRun === null || this.#waited.has(lastRun.id)) return
    this.#waited.add(lastRun.id)
    const isSame = await hasVersion({ module, rule: definition.name }, lastRun.version)
    if (!isSame || waiting.isSaving) await tryNow(this.#kitchen.parts.broker, lastRun)
  }

  #skipped(standing: Standing, nowMs: number): void {
    const { rule, gathered, reasons } = standing
    if (this.#worked.has(rule.id)) return
    const why = tellWhy(standing, nowMs)
    if (this.#told.get(rule.id) === why) return
    this.#told.set(rule.id, why)
    // Its start was told.
    if (reasons.some(({ kind }) => kind === 'running')) return
    this.#tell({ kind: 'skipped', rule: rule.id, sources: gathered.sources, reasons, why })
  }

  /** What is wrong with one rule, such as a module that has just gone, leaves the others alone. */
  async #tryToBegin(standing: Standing): Promise<void> {
    try {
      await this.#begin(standing)
    } catch (error) {
      if (!(error instanceof RuleError)) throw error
      this.#failed(error)
    }
  }

  async #begin({ rule, version, gathered: { blobs, files, fedFiles, sources } }: Standing): Promise<void> {
    const started = await startRun(this.#kitchen.parts.broker, {
      rule: rule.id,
      address: { module: rule.module, rule: rule.definition.name },
      blobs,
      files,
      expected: version,
    })
    // Another daemon was faster, or somebody paused it: the change of its record wakes this one again.
    if (started.kind !== 'started') return
    this.#told.delete(rule.id)
    const counts = { blobs: blobs.length, files: files.length + fedFiles.length }
    this.#tell({ kind: 'started', rule: rule.id, run: started.run, sources, ...counts })
  }

  #ran(event: RunEvent): void {
    this.#tell({ kind: 'run', event })
    const { kind, record } = event
    if (kind === 'began') this.#worked.add(record.rule)
    if (kind !== 'done' && kind !== 'failed' && kind !== 'retry') return
    this.#worked.delete(record.rule)
    this.#pacer.wake()
    if (kind === 'done') this.#figures.done++
    if (kind === 'failed') this.#figures.failed++
    // A run that fails again and again is told of twice: at first, and when it is given up.
    const isKnown = this.#noticed.has(record.id)
    if (kind === 'retry') this.#noticed.add(record.id)
    else this.#noticed.delete(record.id)
    if (kind === 'retry' && isKnown) return
    const notice = this.#notify(record).finally(() => this.#notices.delete(notice))
    this.#notices.add(notice)
  }

  async #notify(record: RunRecord): Promise<void> {
    const definition = this.#rules.get(record.rule)?.definition
    for (const { to, error } of await notify(definition?.options.notify, record, this.#options.notify)) {
      this.#tell({ kind: 'notified', rule: record.rule, run: record.id, to, error })
    }
  }
}
