import type { Broker } from '../broker/broker.js'
import type { Records } from '../broker/records.js'
import { parseJson } from '../core/json.js'
import { allRecords } from '../queue/all-records.js'
import { hasRunEnded, RUN_PREFIX, type RunRecord } from './run-record.js'

/** The runs of a rule, or of all, that are remembered; the one that started last first. */
export async function runHistory(records: Pick<Records, 'records'>, rule?: string): Promise<readonly RunRecord[]> {
  const prefix = rule === undefined ? RUN_PREFIX : `${RUN_PREFIX}${rule}/`
  const runs = (await allRecords(records, prefix)).map(({ value }) => parseJson(value) as unknown as RunRecord)
  return runs.sort((a, b) => b.startedMs - a.startedMs || (a.id < b.id ? 1 : -1))
}

/** Ended runs of a rule that are remembered. */
export const HISTORY_MAX = 100

/** Those that are forgotten at one time: one run ends at a time, so there is rarely more than one. */
const FORGOTTEN_MAX = 50

/** Forgets the oldest runs of a rule that have ended, when there are more than 100. */
export async function forgetOldRuns(broker: Pick<Broker, 'records' | 'commit'>, rule: string): Promise<void> {
  // Their ids, and so their keys, sort by when they began.
  const runs = await broker.records(`${RUN_PREFIX}${rule}/`, { countMax: HISTORY_MAX + FORGOTTEN_MAX })
  const put = runs
    .slice(0, Math.max(0, runs.length - HISTORY_MAX))
    .filter(({ value }) => hasRunEnded(parseJson(value) as unknown as RunRecord))
    .map(({ key, version }) => ({ key, value: null, expected: version }))
  if (put.length > 0) await broker.commit([{ put }])
}
