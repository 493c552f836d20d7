import type { Records } from '../broker/records.js'
import { eachPage } from './each-page.js'

/** Records of runs stand under this prefix: `run/RULE/ID`, RULE being `MODULE.RULE`. */
export const RUN_PREFIX = 'run/'

/** In the folder of a run that somebody asked to keep: it stays until it is removed by hand. */
export const KEPT_FILE = 'KEPT'

/** What a collection needs to know of a run; the whole is `RunRecord` in `src/rule/`. */
export interface RunHold {
  readonly id: string
  readonly state: string
  readonly endedMs: number | null
  readonly blobs: readonly { readonly name: string }[]
}

/** Runs in these states are over: their blobs are free, and so are their files. */
const ENDED: readonly string[] = ['done', 'failed']

/** Whether a run has ended, so that it reaches no blob any more. */
export const hasRunEnded = ({ state }: Pick<RunHold, 'state'>): boolean => ENDED.includes(state)

/** All runs that the kitchen knows. */
export async function* eachRun(records: Pick<Records, 'records'>): AsyncGenerator<RunHold> {
  for await (const page of eachPage(records, RUN_PREFIX)) {
    for (const { value } of page) yield JSON.parse(value) as RunHold
  }
}
