import type { RunRecord } from '../run-record.js'
import type { RunProgress } from './run-request.js'

/** What a worker of runs tells as it goes, for a log and for notices. The record is as it stands after the event. */
export type RunEvent =
  /** Its work begins, or goes on after a failure, or after another process that did it was gone. */
  | { readonly kind: 'began'; readonly record: RunRecord; readonly isTakeover: boolean }
  | { readonly kind: 'progress'; readonly record: RunRecord; readonly progress: RunProgress }
  /** The rule was changed: it starts over with the rule as it is now. */
  | { readonly kind: 'changed'; readonly record: RunRecord }
  /** The results stand, and the processor begins to write them. */
  | { readonly kind: 'saving'; readonly record: RunRecord; readonly processor: string | null }
  /** It is done, and what it read is archived: the numbers of blobs by the tag they are under now, and of those that hold its result. */
  | ({ readonly kind: 'done'; readonly record: RunRecord } & RunTags)
  /** It failed, and is tried again at `record.retryMs`: from the start, or (`saving`) only the writing. */
  | { readonly kind: 'retry'; readonly record: RunRecord; readonly cause: unknown }
  /** It failed for good, and its blobs are free. */
  | { readonly kind: 'failed'; readonly record: RunRecord; readonly cause: unknown }
  /** Something beside the work failed, such as the rule's `ruleCleanup`; the run goes on. */
  | { readonly kind: 'trouble'; readonly record: RunRecord; readonly error: unknown }

/** What became true in the kitchen's tags when a run ended. */
export interface RunTags {
  /** Blobs that were archived, by the tag they are under now. */
  readonly archived: Readonly<Record<string, number>>
  /** Blobs of the result, and of records that were set aside, by their tag. */
  readonly written: Readonly<Record<string, number>>
}
