import type { BlobStore } from '../../blob/blob-store.js'
import type { Broker } from '../../broker/broker.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import type { RuleAddress } from '../map-output.js'
import type { RunRecord } from '../run-record.js'
import type { RuleThreads } from './rule-threads.js'
import type { RunEvent } from './run-events.js'
import type { RunMade } from './run-made.js'

/** What those who work at runs share in a process. */
export interface RunMeans {
  /** Where the records of runs and rules are, and the jobs of runs. */
  readonly book: Broker
  /** How people know the kitchen of the records, without secrets. */
  readonly label: string
  /** Where the tags of blobs are: the same, or one that a run of this process alone only reads. */
  readonly tags: Pick<Broker, 'record'>
  /** The kitchen of the tasks' jobs: the same, or one in this process alone. */
  readonly tasks: KitchenParts
  /** Null: only files are read, and nothing is tagged. */
  readonly store: BlobStore | null
  readonly runsFolder: string
  /** Whether they must stand a loss of power; true unless given. */
  readonly isDurable?: boolean
  readonly threads: RuleThreads
  /** Where this process has the rule of a run. */
  readonly addressOf: (record: Pick<RunRecord, 'rule' | 'module'>) => RuleAddress
  /** How far the tasks are that this process does. */
  readonly live: LiveTasks
  readonly onEvent: (event: RunEvent) => void
  /** Whether somebody waits for the runs of a queue: they are not tried again, since he is told. */
  readonly isAwaited: (queue: string) => boolean
  /** Whether somebody is shown the result of a run here, for which he waits. */
  readonly isShown: (run: string) => boolean
  /** Whether results go to their processors. */
  readonly processes: boolean
  /** Whether tags change when a run ends. */
  readonly archives: boolean
  /** Instead of the rules' own; null: theirs. */
  readonly resultTag: string | null
  /** Keeps the intermediate files of all runs. */
  readonly keeps: boolean
  /** The results stand and were processed; the run ends, and its files may go, when this resolves. */
  readonly onMade?: (made: RunMade, record: RunRecord) => Promise<void>
}

/** How far one task is. */
export interface TaskProgress {
  readonly rows: number
  readonly bytes: number
}

/** How far the tasks are that run in this process, for the progress of their runs. */
export class LiveTasks {
  readonly #byRun = new Map<string, Map<string, TaskProgress>>()

  /** Tells how far a task is; null: it has ended. */
  set(run: string, task: string, progress: TaskProgress | null): void {
    const tasks = this.#byRun.get(run) ?? new Map<string, TaskProgress>()
    if (progress === null) tasks.delete(task)
    else tasks.set(task, progress)
    if (tasks.size === 0) this.#byRun.delete(run)
    else this.#byRun.set(run, tasks)
  }

  /** All tasks of a run that are at work here, together. */
  of(run: string): TaskProgress {
    const sum = { rows: 0, bytes: 0 }
    for (const { rows, bytes } of this.#byRun.get(run)?.values() ?? []) {
      sum.rows += rows
      sum.bytes += bytes
    }
    return sum
  }
}
