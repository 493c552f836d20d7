import { CRASHES_MAX } from '../../core/limits.js'
import type { QueueSummary } from '../control.js'
import {
  bad,
  type Diagnosis,
  type Examination,
  type Finding,
  good,
  queuesToLookInto,
  SET_ASIDE_LOOK_MAX,
  SET_ASIDE_TOLD_MAX,
} from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import { isDamage, sqlState } from './errors.js'
import { type Health, postgresFindings, survivesOn } from './health.js'
import type { Link } from './link.js'
import type { Queues } from './queues.js'
import type { Sql } from './sql.js'

/** Reading all of a kitchen of a hundred gigabytes takes a while. */
const READ_ALL_MS_MAX = 6 * 3_600_000

interface Patient {
  readonly queues: Queues
  readonly summaries: readonly QueueSummary[]
  readonly examination: Examination
}

/** What a server says of itself, and what was set aside in the kitchen. */
export async function diagnose(link: Link, sql: Sql, { queues, summaries, examination }: Patient): Promise<Diagnosis> {
  const [health] = await link.rows<Health>(sql.health)
  if (health === undefined) throw new Error('the server answered nothing')
  const deep = examination.deep ? [await readAll(link, sql)] : []
  return {
    survives: survivesOn(health),
    findings: [...postgresFindings(health), ...deep],
    setAside: await setAside(link, sql, { queues, summaries }),
  }
}

async function readAll(link: Link, { readAll }: Sql): Promise<Finding> {
  try {
    const [row] = await link.transaction(async () => {
      await link.script('SET LOCAL statement_timeout = 0')
      return link.rows<{ rows: number }>(readAll, [], READ_ALL_MS_MAX)
    })
    return good('integrity', `all ${row?.rows ?? 0} rows were read`)
  } catch (error) {
    if (!isDamage(error)) throw error
    return bad('integrity', `the database is damaged (${sqlState(error)})`, 'Look into the log of the server.')
  }
}

async function setAside(
  link: Link,
  sql: Sql,
  { queues, summaries }: Pick<Patient, 'queues' | 'summaries'>,
): Promise<readonly JobId[]> {
  const ids: number[] = []
  for (const { queue } of queuesToLookInto(summaries, ({ counts }) => counts.error)) {
    if (ids.length >= SET_ASIDE_TOLD_MAX) break
    const queueId = (await queues.idOf(link, queue)) ?? 0
    const bounds = [queueId, SET_ASIDE_LOOK_MAX, CRASHES_MAX, SET_ASIDE_TOLD_MAX]
    ids.push(...(await link.rows<{ id: number }>(sql.setAside, bounds)).map(({ id }) => id))
  }
  return ids.slice(0, SET_ASIDE_TOLD_MAX).map(String)
}
