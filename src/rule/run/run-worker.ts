import type { BlobStore } from '../../blob/blob-store.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import type { RuleAddress } from '../map-output.js'
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
  /** It is done, and what it read is archived: the numbers of blobs by the tag they are under now. */
  | { readonly kind: 'done'; readonly record: RunRecord; readonly archived: Readonly<Record<string, number>> }
  /** It failed, and is tried again at `record.retryMs`: from the start, or (`saving`) only the writing. */
  | { readonly kind: 'retry'; readonly record: RunRecord }
  /** It failed for good, and its blobs are free. */
  | { readonly kind: 'failed'; readonly record: RunRecord }
  /** Something beside the work failed, such as the rule's `ruleCleanup`; the run goes on. */
  | { readonly kind: 'trouble'; readonly record: RunRecord; readonly error: unknown }

/** How a process works the runs of a kitchen. */
export interface RunWorkerOptions {
  /** Where blobs are; intermediate files go to its `runsFolder`. */
  readonly store: BlobStore
  /** Runs at once, 1 to 100; 4 unless given. */
  readonly runs?: number
  /** Tasks of all runs at once, each in a thread, 1 to 64; as many as the machine has cores unless given. */
  readonly threads?: number
  /** What all threads may hold together; 512 MiB unless given. */
  readonly memoryBytes?: number
  /** A killed process's runs go on elsewhere after this long; 15,000 unless given. */
  readonly leaseMs?: number
  /** Where this process has a rule, by `MODULE.RULE`; the path that the run was started with unless given. */
  readonly addressOf?: (rule: string) => RuleAddress | undefined
  /** Who works, as status names it; host/pid unless given. */
  readonly name?: string
  /** Called at once, and shall not throw. */
  readonly onEvent?: (event: RunEvent) => void
  /** Told of each failure of the kitchen, which is waited for. */
  readonly onFault?: (error: unknown) => void
}

/**
 * Works the runs of a kitchen: queue `rules` holds a job for each run, `rule-tasks` their map and reduce tasks, so that the tasks of one
 * run are done by all processes that work there and see the same folder of blobs.
 *
 * `start` also takes care of what dead processes left: runs without a job, and folders of runs that have ended.
 */
export class RunWorker implements AsyncDisposable {
  constructor(_kitchen: { readonly parts: KitchenParts }, _options: RunWorkerOptions) {}

  /** Begins to work. Once. */
  start(): void {}

  /** Takes no more and waits for what runs; after `deadlineMs` (none unless given) gives it back, to be gone on with elsewhere. Safe twice. */
  async stop(_options: { readonly deadlineMs?: number } = {}): Promise<void> {}

  /** Resolves when it has stopped. @throws What the kitchen failed with for good. */
  get finished(): Promise<void> {
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
