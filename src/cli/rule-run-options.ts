import type { EngineChoice } from '../rule/groups/group-plan.js'
import type { ResultFormat } from '../rule/result/write-result.js'

/** What `hob rule run` was told besides the rule's name; the command's table says what each means. */
export interface RunOptions {
  readonly justQuery: boolean
  readonly force: boolean
  /** A list for each time that it was given. */
  readonly sourceTags: readonly (readonly string[])[]
  readonly sourceUrls: readonly string[]
  readonly resultTag: string | undefined
  readonly dayStart: string | undefined
  readonly dayRange: number | undefined
  readonly dayOffset: number | undefined
  readonly parameters: readonly string[]
  readonly parameterFiles: readonly string[]
  readonly dataFile: string | undefined
  readonly processResults: string | undefined
  readonly processMap: string | undefined
  readonly save: boolean
  readonly engine: EngineChoice | undefined
  readonly profile: boolean
  readonly format: ResultFormat | undefined
  readonly output: string | undefined
  readonly memoryBytes: number
  readonly threads: number | undefined
  readonly rules: string | undefined
  readonly store: string | undefined
  readonly rejected: string | undefined
  readonly bar: boolean
  readonly quiet: boolean
}
