import type { Reader } from './reader.js'

/** One record of the input as its reader gives it: fields by name, without a prototype's members. */
export type Parts = Record<string, unknown>

/** Parameters of a run: the rule's own, with those that the command line set. */
export type Params = Readonly<Record<string, unknown>>

/**
 * A function over one record: gives it back changed (or changes it and gives it), gives several, or gives none. A generator yields
 * any number. It shall depend on nothing but its arguments.
 */
export type PartsFunction = (parts: Parts, params: Params) => Parts | Iterable<Parts> | null | undefined

/** Makes another value of one field. */
export type FieldTransform = (value: unknown, params: Params) => unknown

/**
 * What is kept of a value part for each key: the sum of a part by its name, or another aggregate of one. `as` names the column;
 * unless given it is the part's name for a sum, else `PART_KIND` such as `amount_min`.
 */
export type ValuePart =
  | string
  | { readonly sum: string; readonly as?: string }
  | { readonly min: string; readonly as?: string }
  | { readonly max: string; readonly as?: string }
  | { readonly avg: string; readonly as?: string }
  /** Rows of the key that have the part. */
  | { readonly count: string; readonly as?: string }
  /** Different texts of the part. Approximate: within about 2 %, in constant memory for each key. */
  | { readonly countDistinct: string; readonly approximate?: boolean; readonly as?: string }
  /** The value that a share `q` (0 to 1) of the numbers is not above, between two of them in proportion. */
  | { readonly quantile: string; readonly q: number; readonly as?: string }

/** One grouping inside a rule. */
export interface KeysetOptions {
  /** Fields whose values, as text, make the key; a record that lacks one is left out of this keyset, and counted. */
  readonly keyParts: readonly string[]
  readonly valueParts: readonly ValuePart[]
  /** Other names for columns of the result, by the names of key and value parts. */
  readonly columnMappings?: Readonly<Record<string, string>>
  /** The table that a warehouse writes this keyset into; the keyset's name unless given. */
  readonly table?: string
  /** Functions over each record for this keyset alone, after the rule's. */
  readonly partsPreprocess?: readonly PartsFunction[]
  /** Functions over each row of the result, before columns are renamed. */
  readonly partsPostprocess?: readonly PartsFunction[]
}

/** Yields keys and values of one record; both any JSON. */
export type MapFunction = (parts: Parts, params: Params) => Iterable<readonly [key: unknown, value: unknown]>
/** Makes fewer values of those of one key in one task; what it yields goes to `reduce` as values of that key. */
export type CombineFunction = (key: unknown, values: readonly unknown[], params: Params) => Iterable<unknown>
/** Yields rows of the result for one key; its values come sorted by their JSON text. */
export type ReduceFunction = (key: unknown, values: Iterable<unknown>, params: Params) => Iterable<Parts>

/** How long after a run the next one may begin: together, such as `{ hours: 1, minutes: 30 }`; or a time of the day, or of the week. */
export interface TimeDelta {
  readonly weeks?: number
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  /** Once a day, from this time on, `HH:MM` on the machine's clock. */
  readonly oclock?: string
  /** With `oclock` (or 00:00): only on this day, 0 or 7 for Sunday, or its English name. */
  readonly weekday?: number | string
}

/** What to tell people, and whom. */
export interface Notify {
  /** Addresses of mail; the server is the kitchen's `HOB_SMTP_URL`. */
  readonly mail?: string | readonly string[]
  /** A URL that is sent JSON by POST. */
  readonly webhook?: string
  /** The routing key of a service, or the name of an environment variable that holds it as `env:NAME`. */
  readonly pagerDuty?: string
  /** When: `failure` unless given. */
  readonly on?: 'failure' | 'success' | 'both'
}

/** What a result processor is told of the run whose results it writes. */
export interface ResultRun {
  /** Unique; the same when the write is tried again. */
  readonly id: string
  readonly rule: string
  readonly params: Params
  readonly signal: AbortSignal
}

/**
 * Takes the results of a run elsewhere. Made by `toSqlite`, `toPostgres`, `toMysql`, `toDuckdb`, `toFiles` or `toBlobs`, or the user's own.
 *
 * `write` may be called again for the same run, after a crash or a fault: it must then leave what one call leaves. Those for databases
 * keep the id of the run in the transaction that writes its rows.
 */
export interface ResultProcessor {
  /** As logs name it, without secrets: `sqlite warehouse.db`. */
  readonly name: string
  write(results: readonly KeysetRows[], run: ResultRun): Promise<void>
}

/** A column of a result. */
export interface ResultColumn {
  readonly name: string
  /** `text` for key parts; `integer` or `number` for value parts; `any` for what a postprocess made of it. */
  readonly type: 'text' | 'integer' | 'number' | 'any'
}

/** The rows of one keyset. */
export interface KeysetRows {
  readonly keyset: string
  readonly table: string
  readonly columns: readonly ResultColumn[]
  /** Names of the columns that came from key parts, in their order: what a replacing warehouse goes by. */
  readonly keyColumns: readonly string[]
  readonly rowCount: number
  /** The Parquet file that holds them, in order, with the columns above. */
  readonly file: string
  /** Batches of rows, each a list of values in the order of `columns`: text, number, bigint (beyond 2^53), boolean or null. */
  batches(): AsyncIterable<readonly (readonly unknown[])[]>
}

/** What to compute over the blobs of some tags. Every member has a default but `name` and, one way or another, what to compute. */
export interface RuleOptions {
  /** Unique in its module: letters, digits, `_`, `-`. */
  readonly name: string
  /** False: never by the daemon; `hob rule run` still does. True unless given. */
  readonly run?: boolean

  /** Blobs that must have come before the daemon runs it; 1 unless given. */
  readonly minBlobs?: number
  /** Most blobs of one run, 1 to 4,000; 1,000 unless given. */
  readonly maxBlobs?: number
  /** Takes the newest blobs first when there are more than `maxBlobs`; the oldest unless given. */
  readonly newestFirst?: boolean
  /** Reduce tasks, 1 to 200; 1 unless given. The result is the same for any number. */
  readonly partitions?: number
  /** The partition of a key, a whole number from 0; a hash of its text unless given. */
  readonly partition?: (key: readonly string[] | string, partitions: number) => number
  /** How long after the start of a run the next may start; five minutes unless given. Not with `cron`. */
  readonly timeDelta?: TimeDelta
  /** When the daemon may run it: a cron line. Not with `timeDelta`. */
  readonly cron?: string
  /** The zone of `cron`, such as `Europe/Berlin`; the machine's unless given. */
  readonly zone?: string

  /** Counts each blob once: a run takes those that were not archived yet, and archives them together with its result. */
  readonly archive?: boolean
  /** Replaces the first part of the source tag, up to `:`; `processed` unless given. */
  readonly archiveTagPrefix?: string
  /** Newest archive tags that are looked through for blobs archived before; 0, all, unless given. */
  readonly archiveLookback?: number
  /** Takes the source tags off the blobs that it archives. */
  readonly nuke?: boolean

  /** How blobs are read; `dynamic()` unless given. */
  readonly input?: Reader
  /** Called once in each task before its first record. */
  readonly mapInit?: (params: Params) => void
  /** Instead of keysets, together with `reduce`. */
  readonly map?: MapFunction
  readonly combine?: CombineFunction
  readonly reduce?: ReduceFunction
  /** Called once in each reduce task before its first key. */
  readonly reduceInit?: (params: Params) => void
  /** Columns of the rows that `reduce` yields, in order. Required with `reduce`. */
  readonly columns?: readonly string[]

  /** Groupings by name; or give `keyParts` and `valueParts` of the only one. */
  readonly keysets?: Readonly<Record<string, KeysetOptions>>
  readonly keyParts?: readonly string[]
  readonly valueParts?: readonly ValuePart[]
  readonly columnMappings?: Readonly<Record<string, string>>
  readonly table?: string
  /** Functions over each record, one after the other, before it goes to the keysets. */
  readonly partsPreprocess?: readonly PartsFunction[]
  readonly partsPostprocess?: readonly PartsFunction[]
  /** After `partsPreprocess`: other values for fields that a record has. */
  readonly fieldTransforms?: Readonly<Record<string, FieldTransform>>
  /** What the functions are given; the command line may set more, or others. */
  readonly params?: Params
  /**
   * False: they are called for every record. True unless given: records with the same text in all that they read may share one call, as
   * functions allow that depend on nothing but their arguments.
   */
  readonly pure?: boolean

  /** Rows by the bytes of their keys; true unless given. False: in an order of its own, the same each time. */
  readonly sort?: boolean
  /** Where the results of a run go; `hob rule run` prints them unless there is one. */
  readonly resultProcessor?: ResultProcessor
  /** Results become blobs of JSON lines under this tag, with a suffix: the date of the source tag, or the run's. */
  readonly resultTag?: string
  /** False: the tag as it stands. True: always the date of the run. */
  readonly resultTagSuffix?: boolean
  /** Keeps the intermediate files and the groups of records, for `--process-map` and `--process-results`. */
  readonly save?: boolean

  /** Prefixes of tags, or rules whose results are the input: those run first, side by side. */
  readonly sourceTags?: string | readonly (string | RuleDefinition)[]
  /** Files beside the tags, as paths or `file:` URLs; a function is asked at each run. */
  readonly sourceUrls?: readonly string[] | ((params: Params) => readonly string[] | Promise<readonly string[]>)
  /** Days of tags to take, which end with `:YYYY-MM-DD`: so many up to `dayStart`; 0, any tag of the prefix, unless given. */
  readonly dayRange?: number
  /** Days before `dayStart` where the range begins. */
  readonly dayOffset?: number
  /** `YYYY-MM-DD`; today unless given. */
  readonly dayStart?: string

  /** Called once before a run, and once after it; `ruleCleanup` also after one that failed. */
  readonly ruleInit?: (params: Params) => void | Promise<void>
  readonly ruleCleanup?: (params: Params) => void | Promise<void>

  /** Runs again after a failure; true unless given. */
  readonly retry?: boolean
  /** Times that a failed run is tried again, 0 to 100; 2 unless given. */
  readonly retryLimit?: number
  /** Milliseconds until then; an hour unless given. */
  readonly retryDelayMs?: number
  readonly notify?: Notify | readonly Notify[]

  /** A run fails when more than this share of the records could not be read or made a function throw; 1 unless given, and then only when all were bad. */
  readonly maxBadRatio?: number
  /** Milliseconds without progress on a record after which a task is ended; 300,000 unless given. */
  readonly stallMs?: number
}

/** One grouping, with nothing optional left. */
export interface Keyset {
  readonly name: string
  readonly keyParts: readonly string[]
  readonly values: readonly Aggregate[]
  readonly columnMappings: Readonly<Record<string, string>>
  readonly table: string
  readonly partsPreprocess: readonly PartsFunction[]
  readonly partsPostprocess: readonly PartsFunction[]
}

/** What is kept of one value part. */
export interface Aggregate {
  readonly kind: 'sum' | 'min' | 'max' | 'avg' | 'count' | 'countDistinct' | 'countDistinctApproximate' | 'quantile'
  readonly part: string
  /** The column, before `columnMappings`. */
  readonly column: string
  /** Of a quantile; else 0. */
  readonly q: number
}

/** A rule as a value; made by `rule`. */
export interface RuleDefinition {
  readonly name: string
  /** As it was written, for the parts that only one face reads. */
  readonly options: RuleOptions
  /** Empty for a rule with `map` and `reduce`. The only one of a rule without names is `_default`. */
  readonly keysets: readonly Keyset[]
  readonly input: Reader
  readonly sourceTags: readonly string[]
  readonly sourceRules: readonly RuleDefinition[]
  readonly minBlobs: number
  readonly maxBlobs: number
  readonly partitions: number
  readonly params: Params
  readonly maxBadRatio: number
}
