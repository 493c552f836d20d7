import { join } from 'node:path'
import { RuleError } from '../../core/errors.js'
import { ParquetScanner } from '../groups/parquet-groups.js'
import type { ScannedGroup } from '../groups/scanned.js'
import { findVerdict } from '../groups/verdict.js'
import type { KeptPlan, KeptScan } from '../kept/kept-groups.js'
import { keptAsParquet, keptGroups, keptIn } from '../kept/kept-parquet.js'
import { GROUPS_LOOKED, planKept } from '../kept/kept-plan.js'
import { mapKept } from '../kept/map-kept.js'
import { findRule, loadRules, type RuleModule } from '../load-module.js'
import { planPieces } from '../map/plan-pieces.js'
import type { OpenParquet } from '../map/read-piece.js'
import { runMap } from '../map/run-map.js'
import type { MapOutput, RuleAddress } from '../map-output.js'
import { condense } from '../result/condense.js'
import type { Duck } from '../result/duck.js'
import { finishResults } from '../result/finish.js'
import { parquetRows } from '../result/parquet-rows.js'
import { reduceTask } from '../result/reduce.js'
import type { ReduceOutput } from '../result/reduce-task.js'
import { openResult } from '../result/rows.js'
import { areSmall, isPlain, plainSpills, removeSpills } from '../result/spill-files.js'
import { writeResult } from '../result/write-result.js'
import type { Params, RuleDefinition } from '../rule.js'
import { hasVersion, ruleVersion } from '../rule-version.js'
import { factsOf } from './rule-facts.js'
import type { ThreadDucks } from './thread-ducks.js'
import type {
  MapAnswer,
  PlanAnswer,
  RuleFacts,
  TaskRoom,
  ThreadAnswers,
  ThreadOrder,
  ThreadTask,
} from './thread-task.js'
import type { UserWatch } from './user-watch.js'

/** A rule as this thread has it. */
interface Loaded {
  readonly rule: RuleDefinition
  readonly version: string
}

/** Memory that a group takes in a map task: its entry, key texts and sums. Measured with keys of 20 characters: 180 to 260 bytes. */
const GROUP_BYTES = 300

/** How Parquet is read: by rows, and by groups. */
interface ParquetReading {
  readonly openParquet: OpenParquet
  readonly parquetScanner: ParquetScanner
}

type Of<Kind extends ThreadTask['kind']> = Extract<ThreadTask, { kind: Kind }>

/** Does the tasks of a thread, one at a time, with rules that it loads once. */
export class ThreadWork {
  readonly #ducks: ThreadDucks
  readonly #watch: UserWatch
  readonly #modules = new Map<string, Promise<RuleModule>>()

  constructor(ducks: ThreadDucks, watch: UserWatch) {
    this.#ducks = ducks
    this.#watch = watch
  }

  /** @throws RuleError; what a function of the user's threw, where nothing else can be done with it. */
  async do(
    { address, version, task }: ThreadOrder,
    { room, signal }: { readonly room: TaskRoom; readonly signal: AbortSignal },
  ): Promise<ThreadAnswers[ThreadTask['kind']]> {
    this.#ducks.room = room
    if (task.kind === 'texts') return this.#texts(task)
    const loaded = await this.#load(address, version)
    switch (task.kind) {
      case 'facts':
        return factsOf(loaded.rule, loaded.version) satisfies RuleFacts
      case 'call':
        return this.#call(loaded.rule, task)
      case 'plan':
        return this.#plan(loaded.rule, { task, signal })
      case 'keptPlan':
        return this.#keptPlan(loaded.rule, task, signal)
      case 'map':
        return this.#map(loaded.rule, { address, task, signal })
      case 'keptMap':
        return this.#keptMap(loaded.rule, task, signal)
      case 'reduce':
        return this.#reduce(loaded.rule, address, task)
      case 'finish':
        return this.#ducks.lend(task.folder, (duck) =>
          finishResults(duck, loaded.rule, task.outputs, { folder: task.folder, name: 'result' }),
        )
      case 'save':
        return this.#save(loaded.rule, task, signal)
    }
  }

  async #load(address: RuleAddress, expected: string | null): Promise<Loaded> {
    await checkVersion(address, expected)
    const version = expected ?? (await ruleVersion(address))
    let module = this.#modules.get(address.module)
    if (module === undefined) {
      module = this.#watch.during(async () => loadRules(address.module))
      this.#modules.set(address.module, module)
    }
    try {
      return { rule: findRule(await module, address.rule), version }
    } catch (error) {
      // One that was edited meanwhile, and has a typo now, is another before it is a broken one.
      await checkVersion(address, expected)
      throw error
    }
  }

  async #call(rule: RuleDefinition, { call, params }: Of<'call'>): Promise<readonly string[]> {
    const own = rule.options[call]
    if (own === undefined) return []
    if (typeof own !== 'function') return own
    const given = await this.#watch.during(() => own({ ...rule.params, ...params }))
    if (call !== 'sourceUrls') return []
    if (Array.isArray(given) && given.every((each) => typeof each === 'string')) return given
    throw new RuleError('function', `sourceUrls of rule ${rule.name} gave no list of texts`)
  }

  /** The rule's functions are run on a sample, under the same watch as in a map task. */
  async #plan(
    rule: RuleDefinition,
    { task, signal }: { readonly task: Of<'plan'>; readonly signal: AbortSignal },
  ): Promise<PlanAnswer> {
    const { inputs, piecesBytes, results, keyset, choice, folder, keepsGroups } = task
    const pieces = [...(await planPieces(rule.input, inputs, { piecesBytes })), ...results]
    const params = paramsOf(rule, task)
    const onRow = (rows: number): void => {
      this.#watch.progress(rows, 0)
      signal.throwIfAborted()
    }
    const verdict = await this.#withParquet(folder, (parquet) =>
      findVerdict(rule, { keyset, params, choice, pieces, ...parquet, onRow, keepsGroups }),
    )
    return { pieces, verdict }
  }

  async #map(
    rule: RuleDefinition,
    { address, task, signal }: { address: RuleAddress; task: Of<'map'>; signal: AbortSignal },
  ): Promise<MapAnswer> {
    const { folder, keyset, pieces, groups, keepsGroups } = task
    const groupsMax = task.groupsMax ?? this.#groupsMax
    const params = paramsOf(rule, task)
    const output = await this.#withParquet(folder, (parquet) =>
      runMap(
        rule,
        { address, keyset, params, pieces, folder, name: 'm', groupsMax, groups, keepsGroups },
        { ...this.#mapWatch(signal), ...parquet },
      ),
    )
    if (task.groupsMax === undefined) return this.#mapAnswer(rule, output, folder)
    const { path, counters, badRows, badFile, spills } = output
    return { files: [], spills, path, counters, badRows, badFile }
  }

  /** Like the plan of a stage, on groups that were kept. */
  async #keptPlan(rule: RuleDefinition, task: Of<'keptPlan'>, signal: AbortSignal): Promise<KeptPlan> {
    const { keyset, kept, folder } = task
    const onRow = (rows: number): void => {
      this.#watch.progress(rows, 0)
      signal.throwIfAborted()
    }
    return this.#withLazyDuck(folder, (duck) => {
      const groupsOf = async (scan: KeptScan): Promise<readonly ScannedGroup[]> => {
        const groups: ScannedGroup[] = []
        for await (const batch of keptGroups(await duck(), scan, GROUPS_LOOKED)) groups.push(...batch)
        return groups
      }
      return planKept(rule, { keyset, params: paramsOf(rule, task), kept, groupsOf, onRow })
    })
  }

  async #keptMap(rule: RuleDefinition, task: Of<'keptMap'>, signal: AbortSignal): Promise<MapAnswer> {
    const { folder, keyset, kept, plan, keepsGroups } = task
    const options = { keyset, params: paramsOf(rule, task), folder, name: 'm', groupsMax: this.#groupsMax, kept, plan }
    const output = await this.#withLazyDuck(folder, (duck) =>
      mapKept(rule, options, { ...this.#mapWatch(signal), duck }),
    )
    const answer = await this.#mapAnswer(rule, output, folder)
    return keepsGroups ? { ...answer, kept: await keptIn(folder, kept) } : answer
  }

  /** Groups that a map task may hold. */
  get #groupsMax(): number {
    return Math.max(10_000, Math.floor(this.#ducks.room.memoryBytes / 2 / GROUP_BYTES))
  }

  #mapWatch(signal: AbortSignal) {
    return {
      onProgress: (rows: number, bytes: number) => this.#watch.progress(rows, bytes),
      onRow: (rows: number) => this.#watch.row(rows),
      onGroup: (group: number) => this.#watch.group(group),
      signal,
    }
  }

  async #mapAnswer(rule: RuleDefinition, output: MapOutput, folder: string): Promise<MapAnswer> {
    const place = { folder, name: 'm' }
    const { spills, path, counters, badRows, badFile, kept } = output
    const told = { path, counters, badRows, badFile }
    // Its DuckDB would take longer than all the rest.
    if (rule.partitions === 1 && !kept && (await areSmall(spills))) return { files: [], spills, ...told, kept: null }
    return this.#ducks.lend(folder, async (duck) => {
      const files = await condense(duck, rule, spills, place)
      await removeSpills(spills)
      return { files, spills: [], ...told, kept: kept && (await keptAsParquet(duck, kept, place)) }
    })
  }

  #withParquet<T>(folder: string, run: (parquet: ParquetReading) => Promise<T>): Promise<T> {
    return this.#withLazyDuck(folder, (duck) => {
      const openParquet = async function* (file: string, rowsMax?: number): ReturnType<OpenParquet> {
        yield* parquetRows(await duck(), file, rowsMax)
      }
      return run({ openParquet, parquetScanner: new ParquetScanner(duck) })
    })
  }

  /** Watches what may call the user's code, and lends it a DuckDB for the Parquet files that it reads, if any. */
  #withLazyDuck<T>(folder: string, run: (duck: () => Promise<Duck>) => Promise<T>): Promise<T> {
    return this.#ducks.lendLazily(folder, (duck) => this.#watch.during(() => run(duck)))
  }

  #reduce(whole: RuleDefinition, address: RuleAddress, task: Of<'reduce'>): Promise<ReduceOutput> {
    const { keyset, folder, partition, spills } = task
    const rule = this.#watch.watched(task.isOnly ? { ...whole, partitions: 1 } : whole)
    return this.#ducks.lend(folder, async (duck) => {
      const others = spills.filter((spill) => !isPlain(spill))
      const condensed = await condense(duck, rule, others, { folder, name: 'm' })
      const files = [...task.files, ...condensed, ...(await plainSpills(spills))]
      const params = paramsOf(whole, task)
      return reduceTask(duck, rule, { address, keyset, params, folder, name: 'r', partition, files })
    })
  }

  async #save(rule: RuleDefinition, task: Of<'save'>, signal: AbortSignal): Promise<null> {
    const processor = rule.options.resultProcessor
    if (processor === undefined) return null
    await this.#ducks.lend(task.folder, async (duck) => {
      const rows = task.results.map((result) => openResult(result, duck))
      await processor.write(rows, { id: task.run, rule: task.rule, params: paramsOf(rule, task), signal })
    })
    return null
  }

  #texts({ folder, results, format }: Of<'texts'>): Promise<readonly string[]> {
    return this.#ducks.lend(folder, async (duck) => {
      const files: string[] = []
      for (const result of results) {
        const file = join(folder, `${result.keyset}.${format}`)
        await writeResult(duck, result, format, file)
        files.push(file)
      }
      return files
    })
  }
}

/** The rule's own may be anything, which is why they are not part of a task. */
const paramsOf = (rule: RuleDefinition, { params }: { readonly params: Params }): Params => ({
  ...rule.params,
  ...params,
})

/** @throws RuleError `changed` when the rule has another version than is expected; null expects none. */
async function checkVersion(address: RuleAddress, expected: string | null): Promise<void> {
  if (expected === null || (await hasVersion(address, expected))) return
  throw new RuleError('changed', `rule ${address.rule} was changed since its run began`)
}
