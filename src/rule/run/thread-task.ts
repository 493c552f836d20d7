import type { BadRow, RunCounters } from '../counters.js'
import type { EngineChoice, EngineVerdict, GroupPlan, MapPath } from '../groups/group-plan.js'
import type { Piece } from '../input.js'
import type { KeptGroups, KeptPlan } from '../kept/kept-groups.js'
import type { RuleAddress, SpillFile } from '../map-output.js'
import type { MapFile, ReduceOutput } from '../result/reduce-task.js'
import type { TextFormat } from '../result/write-result.js'
import type { ResultFile } from '../result-file.js'
import type { Params } from '../rule.js'

/** What a thread is asked: one of these, as data. Where `folder` is named, it is there, and of this task alone. */
export type ThreadTask =
  | { readonly kind: 'facts' }
  | { readonly kind: 'call'; readonly call: UserCall; readonly params: Params }
  | ({
      readonly kind: 'plan'
      readonly inputs: readonly PlanInput[]
      readonly piecesBytes: number
      /** What the rules made that feed it. */
      readonly results: readonly Piece[]
      readonly choice: EngineChoice
      readonly keepsGroups: boolean
    } & TaskScope)
  | ({ readonly kind: 'keptPlan'; readonly kept: readonly KeptGroups[] } & TaskScope)
  | ({
      readonly kind: 'map'
      readonly pieces: readonly Piece[]
      readonly groups: GroupPlan | null
      readonly keepsGroups: boolean
      /** Groups to hold; its spills are the answer then, as they are. As many as there is room for, and Parquet, unless given. */
      readonly groupsMax?: number
    } & TaskScope)
  | ({
      readonly kind: 'keptMap'
      readonly kept: KeptGroups
      readonly plan: KeptPlan
      readonly keepsGroups: boolean
    } & TaskScope)
  | ({
      readonly kind: 'reduce'
      readonly partition: number
      /** Whether there is no other partition. */
      readonly isOnly: boolean
      readonly files: readonly MapFile[]
      /** What map tasks left as they were; of a rule with one partition. */
      readonly spills: readonly SpillFile[]
    } & TaskScope)
  | ({ readonly kind: 'finish'; readonly outputs: readonly ReduceOutput[] } & TaskScope)
  | ({
      readonly kind: 'save'
      readonly results: readonly ResultFile[]
      readonly run: string
      readonly rule: string
    } & TaskScope)
  | ({ readonly kind: 'texts'; readonly results: readonly ResultFile[]; readonly format: TextFormat } & TaskScope)

/** What the tasks of one attempt have in common. */
export interface TaskScope {
  readonly keyset: string | null
  readonly params: Params
  readonly folder: string
}

/** What a thread answers, by the kind of its task. */
export interface ThreadAnswers {
  facts: RuleFacts
  call: readonly string[]
  plan: PlanAnswer
  keptPlan: KeptPlan
  map: MapAnswer
  keptMap: MapAnswer
  reduce: ReduceOutput
  finish: readonly ResultFile[]
  save: null
  /** A file for each result, in the format asked for. */
  texts: readonly string[]
}

/** Functions of a rule that are called once a run. */
export type UserCall = 'ruleInit' | 'ruleCleanup' | 'sourceUrls'

/** A file to cut into pieces: whole. */
export interface PlanInput extends Pick<Piece, 'name' | 'tag' | 'file' | 'hash'> {
  /** As stored. */
  readonly bytes: number
}

/** How a rule goes over its input. */
export interface PlanAnswer {
  /** In the order of the input. */
  readonly pieces: readonly Piece[]
  readonly verdict: EngineVerdict
}

/** What a map task made. */
export interface MapAnswer {
  /** Where they were asked for, or are so small that the reduce task makes `files` of those of all map tasks; else none. */
  readonly spills: readonly SpillFile[]
  readonly files: readonly MapFile[]
  /** Absent: of an older version, by rows. */
  readonly path?: MapPath
  readonly counters: RunCounters
  readonly badRows: readonly BadRow[]
  readonly badFile: string | null
  /** Its groups, where they are kept; absent: of an older version. */
  readonly kept?: KeptGroups | null
}

/** What a run has to know of its rule outside of the threads that run its functions. */
export interface RuleFacts {
  readonly name: string
  readonly version: string
  readonly isMap: boolean
  readonly keysets: readonly string[]
  readonly partitions: number
  readonly maxBadRatio: number
  readonly sourceTags: readonly string[]
  readonly archiveTagPrefix: string
  readonly archive: boolean
  readonly nuke: boolean
  readonly resultTag: string | null
  readonly resultTagSuffix: boolean | null
  readonly save: boolean
  /** Times that a failed run is tried again. */
  readonly retryLimit: number
  readonly retryDelayMs: number
  readonly stallMs: number
  /** The user's own functions of a map task, and of what comes behind it, as errors name them; absent: of an older version. */
  readonly functions?: { readonly map: readonly string[]; readonly reduce: readonly string[] }
  /** The name of its result processor; null: none. */
  readonly processor: string | null
  readonly has: Readonly<Record<UserCall, boolean>>
  /** Columns of its results that are approximate, by keyset; absent: of an older version. */
  readonly approximate?: Readonly<Record<string, readonly string[]>>
  /** Why it goes by rows whatever it reads; null: it may go by groups. Absent: of an older version. */
  readonly alwaysRows?: string | null
  /** What its map goes by, as far as that can be seen; absent: of an older version. */
  readonly mapSeen?: MapSeen
  readonly sources: readonly RuleFacts[]
}

/** What a map goes by, as text to compare. */
export interface MapSeen {
  readonly input: string
  /** Keys, values and partitions. */
  readonly keysets: string
  /** The source of functions: not what they call, and not what they were made with. */
  readonly functions: string
}

/** A task on its way to a thread. */
export interface ThreadOrder {
  readonly address: RuleAddress
  /** The version that the rule must have; null: whichever it has. */
  readonly version: string | null
  readonly task: ThreadTask
}

/** What a task may use. */
export interface TaskRoom {
  readonly memoryBytes: number
  /** For DuckDB. */
  readonly threads: number
}

/** A task as a thread is told of it. */
export interface ThreadJob {
  readonly order: ThreadOrder
  readonly room: TaskRoom
}

/** What a spare thread is told that shall end what runs in the main thread, should that take too long. */
export interface ThreadWatch {
  /** A shared number: 1 once it has ended by itself. */
  readonly over: Int32Array
  readonly mostMs: number
}

/** What a thread is given when it starts. */
export interface ThreadData {
  /** Shared numbers, by `Gauge`. */
  readonly gauges: Float64Array
  /** A shared number, one of `LOADING`. */
  readonly loading: Int32Array
  /** What it gets ready while it has no task: nothing, what modules import, or DuckDB too. */
  readonly readies: ThreadReady
}

/** What a thread loads while it has no task. */
export type ThreadReady = 'nothing' | 'library' | 'duckdb'

/** How far a spare thread is with DuckDB. `never`: it shall not begin, since it is about to be ended. */
export const LOADING = { not: 0, begun: 1, done: 2, never: 3 } as const

/** Places of the shared numbers by which a thread shows how far it is, also while it is in a function that never ends. */
export const GAUGE = {
  /** Rises with each sign of life of the user's code. */
  beats: 0,
  /** 1 while code of the user's runs. */
  isUser: 1,
  rows: 2,
  bytes: 3,
  /** 1 while DuckDB may be at work: to end the thread then would end the process. */
  isNative: 4,
  /** The group of records that functions run for; 0: they run for single ones. */
  group: 5,
} as const

/** What a thread says of a task. */
export type ThreadReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: ThreadFault }

/** An error on its way between threads and processes. */
export interface ThreadFault {
  /** A RuleErrorCode. */
  readonly code: string
  readonly message: string
  readonly hint: string | null
  readonly stack: string | null
}
