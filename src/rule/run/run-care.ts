import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Broker } from '../../broker/broker.js'
import type { JobView } from '../../broker/control.js'
import type { JobId } from '../../broker/job-store.js'
import { allRecords } from '../../queue/all-records.js'
import { keptRule, readRule } from '../kept-rule.js'
import { hasRunEnded, RULE_PREFIX, type RuleRecord, type RunRecord } from '../run-record.js'
import { keptRun } from './run-book.js'
import { RunFolder } from './run-folder.js'
import { OWN_MS } from './run-job.js'
import { NOW_QUEUE, type RunPayload } from './run-payload.js'
import { storeNowMs } from './store-now.js'

/** A folder of a run that nobody knows may be of a kitchen that is not ours; it goes when nothing was put there for so long. */
const UNKNOWN_MS = 7 * 86_400_000

const RETENTION = { doneMax: 100, errorMax: 100 }

/**
 * Puts right what processes left that died, or whose jobs somebody ended: a run that has not ended and has no job gets one; a rule that
 * names a run which has ended, or is not known, is free.
 *
 * Safe at any time and for any number of processes: what is well is not touched.
 *
 * @throws KitchenError when the store fails.
 */
export async function careForRuns(broker: Broker): Promise<void> {
  for (const { key, value, version } of await allRecords(broker, RULE_PREFIX)) {
    const rule = readRule({ key, value, version })
    if (rule.run === null) continue
    const kept = await keptRun(broker, { rule: key.slice(RULE_PREFIX.length), id: rule.run })
    if (kept === undefined || hasRunEnded(kept.record)) {
      const free: RuleRecord = { ...rule, run: null }
      await broker.commit([{ put: [{ key, value: JSON.stringify(free), expected: version }] }])
    } else {
      await sendAgain(broker, kept.record)
    }
  }
}

/** Nothing happens when its job lives, for that holds the key. Answers the job. */
async function sendAgain(broker: Broker, { rule, id, queue, state, retryMs }: RunRecord): Promise<JobId | undefined> {
  const payload: RunPayload = { rule, run: id, isAgain: true }
  const delayMs = state === 'waiting' ? Math.max(0, (retryMs ?? 0) - (await storeNowMs(broker))) : 0
  const job = { queue, payload: JSON.stringify(payload), key: id }
  const [result] = await broker.commit([{ send: [delayMs > 0 ? { ...job, delayMs } : job] }])
  return result?.sent[0]?.id
}

/** Lets a run that waits to try again do so now. False: it does not wait. @throws KitchenError when the store fails. */
export async function tryNow(broker: Broker, run: RunRecord): Promise<boolean> {
  if (run.retryMs === null || hasRunEnded(run)) return false
  const job = await sendAgain(broker, run)
  if (job === undefined) return false
  const [changed] = await broker.change([job], { kind: 'retry' })
  return changed === 'changed'
}

/** Lets the run of a rule that waits to try again do so now. Null: none waits. @throws KitchenError when the store fails. */
export async function tryRuleNow(broker: Broker, rule: string): Promise<string | null> {
  const { run } = (await keptRule(broker, rule)).rule
  const kept = run === null ? undefined : await keptRun(broker, { rule, id: run })
  return kept !== undefined && (await tryNow(broker, kept.record)) ? kept.record.id : null
}

/** The runs that somebody waited for and left: their jobs came back after a crash or a fault, and nobody works that queue. */
export async function leftRuns(broker: Broker): Promise<readonly string[]> {
  await broker.sweep({ queue: NOW_QUEUE, keep: RETENTION, countMax: 1_000 })
  const jobs = await broker.jobs({ queue: NOW_QUEUE, states: ['ready'], countMax: 1_000 })
  if (jobs.length === 0) return []
  const nowMs = await storeNowMs(broker)
  const isLeft = ({ attempts, sentMs }: JobView): boolean => attempts > 0 || nowMs - sentMs > OWN_MS
  return jobs.filter(isLeft).map(({ payload }) => (JSON.parse(payload) as RunPayload).run)
}

/**
 * Removes the folders of runs that have ended, which a process left that died as it ended them; and those of runs that are not known and
 * were not touched for a week.
 */
export async function removeLeftFolders(broker: Broker, runsFolder: string): Promise<void> {
  for (const name of await readdir(runsFolder).catch((): string[] => [])) {
    const at = name.lastIndexOf('@')
    if (at < 1) continue
    const folder = new RunFolder(runsFolder, name)
    if (await folder.isKept()) continue
    const kept = await keptRun(broker, { rule: name.slice(0, at), id: name })
    const isOver = kept === undefined ? await isOld(join(runsFolder, name)) : hasRunEnded(kept.record)
    if (isOver) await folder.remove()
  }
}

/** By this machine's clock, since a week is longer than clocks differ. */
const isOld = async (path: string): Promise<boolean> =>
  Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now()) > UNKNOWN_MS
