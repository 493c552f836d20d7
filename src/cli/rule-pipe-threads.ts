import type { SpillFile } from '../rule/map-output.js'
import type { ResultFile } from '../rule/result-file.js'
import type { Params } from '../rule/rule.js'
import { factsOf } from '../rule/run/rule-facts.js'
import { RuleThreads, type TaskWatch } from '../rule/run/rule-threads.js'
import type { MapAnswer, ThreadTask } from '../rule/run/thread-task.js'
import type { NamedRule } from './rule-module.js'

/** What the programs of a pipe give their thread. */
export interface PipeThreadsOptions {
  readonly rule: NamedRule
  readonly params: Params
  /** Where it writes; there already. */
  readonly folder: string
  readonly memoryBytes: number
  readonly signal: AbortSignal
}

/** Runs the functions of `hob rule map` and `reduce` in a thread, so that signals are heard whatever they do. Dispose of it. */
export class PipeThreads implements AsyncDisposable {
  readonly #threads: RuleThreads
  readonly #options: PipeThreadsOptions

  constructor(options: PipeThreadsOptions) {
    this.#options = options
    this.#threads = new RuleThreads({ size: 1, memoryBytes: options.memoryBytes, isOneRun: true })
  }

  map(piece: Extract<ThreadTask, { kind: 'map' }>['pieces'][number], groupsMax: number): Promise<MapAnswer> {
    const byRows = { groups: null, keepsGroups: false, groupsMax }
    const task = { ...this.#scope, kind: 'map' as const, pieces: [piece], ...byRows }
    return this.#threads.run({ ...this.#order, task }, this.#watch('map'))
  }

  async reduce(spills: readonly SpillFile[]): Promise<readonly ResultFile[]> {
    const reduce = { ...this.#scope, kind: 'reduce' as const, partition: 0, isOnly: true, files: [], spills }
    const output = await this.#threads.run({ ...this.#order, task: reduce }, this.#watch('reduce'))
    const finish = { ...this.#scope, kind: 'finish' as const, outputs: [output] }
    return this.#threads.run({ ...this.#order, task: finish }, this.#watch('reduce'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads.close()
  }

  get #order() {
    return { address: this.#options.rule.address, version: null }
  }

  get #scope() {
    const { rule, params, folder } = this.#options
    return { keyset: rule.keyset, params, folder }
  }

  #watch(kind: 'map' | 'reduce'): TaskWatch {
    const { stallMs, functions } = factsOf(this.#options.rule.definition, '')
    return { signal: this.#options.signal, stallMs, functions: functions?.[kind] ?? [] }
  }
}
