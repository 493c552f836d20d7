import type { Records } from '../broker/records.js'
import { parseJson } from '../core/json.js'
import { allRecords } from '../queue/all-records.js'
import { RUN_PREFIX, type RunRecord } from './run-record.js'

/** The runs of a rule, or of all, that are remembered; the one that started last first. */
export async function runHistory(records: Pick<Records, 'records'>, rule?: string): Promise<readonly RunRecord[]> {
  const prefix = rule === undefined ? RUN_PREFIX : `${RUN_PREFIX}${rule}/`
  const runs = (await allRecords(records, prefix)).map(({ value }) => parseJson(value) as unknown as RunRecord)
  return runs.sort((a, b) => b.startedMs - a.startedMs || (a.id < b.id ? 1 : -1))
}
