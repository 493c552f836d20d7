import type { UserCall } from './thread-task.js'

/** The queue of runs: a job for each, which goes on until the run has ended. */
export const RUNS_QUEUE = 'rules'

/** The queue of runs that somebody waits for: taken by who sent them, and by others only after a crash. */
export const NOW_QUEUE = 'rules-now'

/** The queue of map and reduce tasks. */
export const TASKS_QUEUE = 'rule-tasks'

/** What a job of a run says. */
export interface RunPayload {
  /** `MODULE.RULE`. */
  readonly rule: string
  readonly run: string
  /** The job before this one ended and left the run: it was set aside after three crashes, or somebody cancelled it. */
  readonly isAgain?: true
}

/** What a job of a task says; the rest is in the plan, in the folder of the attempt. */
export interface TaskPayload {
  readonly rule: string
  readonly run: string
  readonly attempt: number
  readonly version: string
  /** The source rule that it belongs to, as its place below the run's; empty: the run's rule. */
  readonly source: string
  readonly kind: 'map' | 'reduce'
  /** Of the task among those of its kind. */
  readonly index: number
}

/** The name of a task's output in the folder of its attempt. */
export const taskName = ({ source, kind, index }: Pick<TaskPayload, 'source' | 'kind' | 'index'>): string =>
  `${stageName(source)}${kind}-${index}`

/** What the names of all outputs of one rule of a run begin with. */
export const stageName = (source: string): string => (source === '' ? '' : `${source.replaceAll('/', '~')}~`)

/** The name of the mark that a function was called in this attempt. */
export const callName = (source: string, call: UserCall): string => `${stageName(source)}${call}`
