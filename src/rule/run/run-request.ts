import type { BlobStore } from '../../blob/blob-store.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import type { BadRow, RunCounters } from '../counters.js'
import type { EngineAccount } from '../groups/engine-account.js'
import type { Engine, EngineChoice } from '../groups/group-plan.js'
import type { RuleAddress } from '../map-output.js'
import type { TextFormat } from '../result/write-result.js'
import type { ResultFile } from '../result-file.js'
import type { Params } from '../rule.js'
import type { RunBlob, RunRecord } from '../run-record.js'

/** A run that a person waits for: what to run over what, and with what. */
export interface RunRequest {
  readonly address: RuleAddress
  /** Only this keyset; all unless given. */
  readonly keyset?: string
  /** Blobs to read; they need `kitchen` and `store`. None unless given. */
  readonly blobs?: readonly RunBlob[]
  /**
   * How the blobs were chosen, so that none is counted twice: when another run of the rule began or ended meanwhile, they are chosen again.
   * Without it, blobs of a rule that archives are refused then.
   */
  readonly choice?: BlobChoice
  /** Files to read, as absolute paths. None unless given; the rule's own `sourceUrls` are for the caller to name here. */
  readonly files?: readonly string[]
  /** Set beside the rule's own, or instead of them. */
  readonly params?: Params
  /** How map tasks take records: `rows`, one by one; `groups`, which not every rule allows; `auto` unless given. */
  readonly engine?: EngineChoice
  /** What all its threads may hold together, besides what Node itself takes: 64 MiB or more; 512 MiB unless given. */
  readonly memoryBytes?: number
  /** User functions that run at once, 1 to 64; as many as the machine has cores unless given. */
  readonly threads?: number
  /** Where the blobs' tags are; a `Kitchen` fits. What the run archives or tags becomes true there. */
  readonly kitchen?: { readonly parts: KitchenParts }
  /** Where the content of the blobs is. */
  readonly store?: BlobStore
  /** The folder in which the run has its own for intermediate files; that of the store, or else a temporary one, unless given. */
  readonly runsFolder?: string
  /** Keeps the intermediate files and the groups of records, whatever the rule says. */
  readonly save?: boolean
  /** Archives what it read, as the rule says; true unless given. False: nothing in the kitchen changes. */
  readonly archive?: boolean
  /** Calls the rule's result processor; true unless given. */
  readonly process?: boolean
  /** Writes the result as blobs under this tag instead of the rule's `resultTag`. */
  readonly resultTag?: string
  /**
   * Goes on from what an earlier run of the rule kept: behind its map, from its groups where the rule was changed since, or with its results. Refused
   * (RuleError `input`) where that would not be what a run over its input comes to.
   */
  readonly resume?: { readonly folder: string; readonly from: 'map' | 'results' }
  /** Writes results of few rows in this format too, so that who shows them needs no DuckDB of his own. */
  readonly text?: TextFormat
  /** Told of each step, and of progress at most ten times a second; shall not throw. */
  readonly onProgress?: (progress: RunProgress) => void
  /** Told of a run of the rule that a process which died had left, once it has ended here, and of one that waited to try again and is given up; shall not throw. */
  readonly onTakenOver?: (record: RunRecord) => void
  /** How long a kitchen that fails is waited for, 0 to 86,400,000 milliseconds; 60,000 unless given. Then the run ends with what it failed of. */
  readonly patienceMs?: number
  /** Told of each failure of the kitchen, which is waited for; shall not throw. */
  readonly onFault?: (error: unknown) => void
  /** Ends the run: everything that it made is removed. What was being written to a warehouse already goes on later. */
  readonly signal?: AbortSignal
}

/** Blobs were chosen while a rule stood as it did. */
export interface BlobChoice {
  /** The version of the rule's record before they were chosen (`keptRule`). */
  readonly version: number
  /** Chooses again, by what was archived since. @throws What there is to say when none is left. */
  again(): Promise<{ readonly blobs: readonly RunBlob[]; readonly choice: BlobChoice }>
}

/** How far a run is. */
export interface RunProgress {
  readonly run: string
  /** What it does now: cuts the input, reads it, groups, makes the result files, and gives them to the result processor. */
  readonly stage: 'plan' | 'map' | 'reduce' | 'finish' | 'save'
  /** Tasks of this stage. */
  readonly tasks: number
  readonly tasksDone: number
  /** Of the whole run so far. */
  readonly rowsRead: number
  readonly bytesRead: number
  /** Bytes of its input, where they are known; compressed ones count as they are stored. */
  readonly bytesTotal: number
  /** Of the rule whose records are read now, once that is planned. */
  readonly verdict?: { readonly engine: Engine; readonly reason: string }
}

/** What came of a run. Its result files are there until it is disposed of. */
export interface RunOutcome extends AsyncDisposable {
  /** The run's id. */
  readonly run: string
  readonly results: readonly ResultFile[]
  /** Files of the results in the format that was asked for, by keyset; of large ones none. */
  readonly texts: ReadonlyMap<string, string>
  readonly counters: RunCounters
  /** The first that were set aside, at most 1,000; `counters` has their number. */
  readonly badRows: readonly BadRow[]
  /** JSON lines of all that were set aside, within the bounds of `MapOutput`; empty when there were none. */
  readonly badFiles: readonly string[]
  /** How the records of the rule were taken, and then of those that feed it; empty when nothing was read. */
  readonly engines: readonly EngineAccount[]
  /** Columns of the result that are approximate, as `KEYSET.COLUMN` where keysets have names. */
  readonly approximate: readonly string[]
  /** Blobs that were archived, by the tag they are under now. */
  readonly archived: Readonly<Record<string, number>>
  /** Tags that the result was written to as blobs, with their numbers. */
  readonly resultTags: Readonly<Record<string, number>>
  /** Where the intermediate files are, when they were kept; else null. */
  readonly folder: string | null
  /** What the result processor is called, when it wrote the result; null when there is none. */
  readonly processor: string | null
  readonly ranMs: number
  /** Removes the result files, and what else is not kept. Safe twice. */
  [Symbol.asyncDispose](): Promise<void>
}
